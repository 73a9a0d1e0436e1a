import { FileError, type Session, TransferError, ValueError, type WriteOptions } from "scarf-tomo";
import { boundaryOf, type MantidFormItem, readMantidForm } from "scarf-tomo/wire";
import { enterUpload } from "../pac/enter-transfer.js";
import { checkWritten, takesStreams, tooLarge } from "../pac/receive-upload.js";
import { streamedSource } from "../state/streamed-source.js";
import { jsonAnswer } from "./answers.js";
import { type MantidDesk, type MantidOperation, requireMantidUser } from "./mantid-request.js";
import { checkBelow, directoryOf, removeDirectory } from "./transaction-directory.js";

type FormFile = Extract<MantidFormItem, { readonly kind: "file" }>;

/** `upload`: fields first, then files, which go on to the resource as they arrive. Existing ones are replaced, as Mantid expects. */
export const upload: MantidOperation = {
  method: "POST",
  audited: "upload",
  async run(request, desk, audit) {
    const { session, owner } = await requireMantidUser(request, desk, audit);
    await enterUpload(session.userName, request, desk);
    const fields = new Map<string, string>();
    let amount = 0;
    let receivedBytes = 0;
    const form = readMantidForm(request.body, {
      boundary: boundaryOf(request.headers["content-type"]),
      maxFieldBytes: 65_536,
    });
    for await (const item of form) {
      if (item.kind === "field") {
        if (fields.size >= maxFields) throw tooMany();
        fields.set(item.name, item.value.trim());
        continue;
      }
      const id = requireField(fields, "TransID");
      desk.transactions.require(owner, id);
      const directory = directoryOf(id, checkBelow(fields.get("Directory") ?? ""));
      const name = nameOf(item);
      audit.subject = `${directory}/${name}`;
      const count = (bytes: number): void => {
        receivedBytes += bytes;
        if (receivedBytes > desk.limits.uploadBytes) throw tooLarge(desk.limits.uploadBytes);
      };
      const options = { overwrite: fields.get("Overwrite") !== "no", signal: request.signal };
      await writeFile(session, desk, { directory, name, item, count, options });
      amount += 1;
      if (desk.transactions.isOpen(owner, id)) continue;
      // Stopped while the file arrived: it must not stay where nobody can reach it.
      await removeDirectory(session, id);
      desk.transactions.require(owner, id);
    }
    if (amount > 0) return jsonAnswer("{}", { status: 201 });
    throw new TransferError("TRANSFER_REFUSED", "The upload holds no file.", {
      hint: "Send each file as a part with a file name, behind the field TransID.",
    });
  },
};

const maxFields = 100;

interface Writing {
  readonly directory: string;
  readonly name: string;
  readonly item: FormFile;
  readonly count: (bytes: number) => void;
  readonly options: WriteOptions;
}

async function writeFile(
  session: Session,
  { spool, gate, limits }: MantidDesk,
  { directory, name, item, count, options }: Writing,
): Promise<void> {
  if (takesStreams(session)) {
    const source = streamedSource(gate.guard(item.chunks), count);
    checkWritten(await session.files.write(directory, name, source, options), source.sizeBytes);
    return;
  }
  const file = await spool.receive(gate.guard(item.chunks), { limitBytes: limits.uploadBytes });
  try {
    count(file.sizeBytes);
    checkWritten(await session.files.write(directory, name, spool.source([file]), options), file.sizeBytes);
  } finally {
    await spool.remove(file.name);
  }
}

function nameOf({ fileName }: FormFile): string {
  if (fileName !== undefined) return fileName;
  throw new FileError("FILE_NAME_REFUSED", "A file in the upload has no usable name.", {
    hint: "Give it a plain name without slashes.",
  });
}

/** @throws {ValueError} `PROPERTY_MISSING` */
export function requireField(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name) ?? "";
  if (value !== "") return value;
  throw new ValueError(
    "PROPERTY_MISSING",
    `The field ${name} is missing, or stands behind the file that needs it.`,
    {
      hint: "Names of fields are case-sensitive.",
    },
  );
}

function tooMany(): ValueError {
  return new ValueError("USAGE_INVALID", `The form has more than ${maxFields} fields.`, {
    hint: "Pack many files into one archive.",
  });
}
