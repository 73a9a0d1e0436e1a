import { TransferError } from "../../errors/index.js";
import type { ByteSource, TransferProgress } from "../../model/index.js";
import { mantidUploadBody } from "../../wire/index.js";
import { sentence } from "../session-errors.js";
import type { MantidWebService } from "./mantid-web-service.js";
import { saidBy } from "./refusals.js";

export interface MantidUploadRequest {
  readonly transactionId: string;
  /** Below the transaction's directory; only our gateway knows such. */
  readonly directory?: string;
  readonly name: string;
  readonly source: ByteSource;
  readonly overwrite: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** Sends one file into a transaction, in one request of exactly known size. */
export async function uploadToTransaction(
  service: MantidWebService,
  request: MantidUploadRequest,
): Promise<void> {
  const { transactionId, directory = "", name, source, overwrite, signal, onProgress } = request;
  const body = mantidUploadBody({
    fields: [
      ["TransID", transactionId],
      ...(directory === "" ? [] : [["Directory", directory] as const]),
      ...(service.isGateway && !overwrite ? [["Overwrite", "no"] as const] : []),
    ],
    name,
    content: { sizeBytes: source.sizeBytes, read: () => counted(source, onProgress) },
    anyName: service.isGateway,
  });
  const answer = await service.open({
    call: "upload",
    method: "POST",
    body,
    contentType: body.contentType,
    signal,
    doing: `take ${name}`,
    explain: (refusal) => {
      const said = saidBy(refusal);
      return new TransferError(
        "TRANSFER_REFUSED",
        `${service.who.resourceId} did not take ${name}: ${said === "" ? "it gave no reason." : sentence(said)}`,
        {
          hint: "Check the name of the file and the space there, then send it again.",
          context: { resource: service.who.resourceId, httpStatus: refusal.httpStatus, name, said },
        },
      );
    },
  });
  await answer.text();
}

async function* counted(
  source: ByteSource,
  onProgress: MantidUploadRequest["onProgress"],
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytesDone = 0;
  for await (const chunk of source.read()) {
    yield chunk;
    bytesDone += chunk.byteLength;
    onProgress?.({ bytesDone, bytesTotal: source.sizeBytes });
  }
}
