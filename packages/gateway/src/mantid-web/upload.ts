import {
  FileError,
  type Session,
  TransferError,
  ValueError,
  type WriteOptions,
  type WrittenFile,
} from "scarf-tomo";
import { boundaryOf, type MantidFormItem, readMantidForm } from "scarf-tomo/wire";
import { enterUpload } from "../pac/enter-transfer.js";
import { ArrivingFile, checkDigest } from "../pac/arriving-file.js";
import { checkWritten, takesStreams, tooLarge, wantsDigest, writtenHeaders } from "../pac/receive-upload.js";
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
    const written: WrittenFile[] = [];
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
      const options = {
        overwrite: fields.get("Overwrite") !== "no",
        // It is computed on the way.
        checksum: false,
        signal: request.signal,
      };
      const hashes = wantsDigest(request);
      written.push(await writeFile(session, desk, { directory, name, item, count, hashes, options }));
      if (desk.transactions.isOpen(owner, id)) continue;
      // Stopped while the file arrived: it must not stay where nobody can reach it.
      await removeDirectory(session, id);
      desk.transactions.require(owner, id);
    }
    if (written.length > 0) return jsonAnswer("{}", { status: 201, headers: writtenHeaders(written) });
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
  /** The client compares digests. */
  readonly hashes: boolean;
  readonly options: WriteOptions;
}

async function writeFile(
  session: Session,
  { spool, gate, limits }: MantidDesk,
  { directory, name, item, count, hashes, options }: Writing,
): Promise<WrittenFile> {
  const sent = { ...item, chunks: gate.guard(item.chunks) };
  if (takesStreams(session)) {
    const source = new ArrivingFile(sent, hashes, count);
    const { path, sizeBytes } = await session.files.write(directory, name, source, options);
    checkWritten({ sizeBytes }, source.sizeBytes);
    return {
      sizeBytes,
      ...(path !== undefined && { path }),
      ...(source.sha256 !== undefined && { sha256: source.sha256 }),
    };
  }
  const file = await spool.receive(sent.chunks, { limitBytes: limits.uploadBytes });
  try {
    count(file.sizeBytes);
    await checkDigest(item, file.sha256);
    const written = await session.files.write(directory, name, spool.source([file]), options);
    checkWritten(written, file.sizeBytes);
    return { ...written, sha256: file.sha256 };
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
