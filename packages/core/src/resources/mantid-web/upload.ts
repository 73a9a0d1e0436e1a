import { createHash } from "node:crypto";
import { TransferError } from "../../errors/index.js";
import type { ByteSource, TransferProgress } from "../../model/index.js";
import { mantidUploadBody, wireHeaders } from "../../wire/index.js";
import { compareDigest } from "../compare-digest.js";
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
  /** False: no digest need be computed. */
  readonly checksum: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/**
 * Sends one file into a transaction, in one request of exactly known size.
 * @returns SHA-256 in hex, where the other side is our gateway, which has compared it with what came.
 */
export async function uploadToTransaction(
  service: MantidWebService,
  request: MantidUploadRequest,
): Promise<string | undefined> {
  const { transactionId, directory = "", name, source, overwrite, signal, onProgress } = request;
  const hash = service.isGateway && request.checksum ? createHash("sha256") : undefined;
  let sha256: string | undefined;
  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    let bytesDone = 0;
    for await (const chunk of source.read()) {
      hash?.update(chunk);
      yield chunk;
      bytesDone += chunk.byteLength;
      onProgress?.({ bytesDone, bytesTotal: source.sizeBytes });
    }
    sha256 = hash?.digest("hex");
  }
  const body = mantidUploadBody({
    fields: [
      ["TransID", transactionId],
      ...(directory === "" ? [] : [["Directory", directory] as const]),
      ...(service.isGateway && !overwrite ? [["Overwrite", "no"] as const] : []),
    ],
    name,
    content: { sizeBytes: source.sizeBytes, read },
    anyName: service.isGateway,
    ...(hash !== undefined && { digest: () => sha256 }),
  });
  const answer = await service.open({
    call: "upload",
    method: "POST",
    body,
    contentType: body.contentType,
    ...(hash !== undefined && { headers: { [wireHeaders.wantDigest]: "sha-256" } }),
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
  const there = answer.headers[wireHeaders.sha256];
  if (there === undefined) return undefined;
  compareDigest(name, there, sha256);
  return sha256;
}
