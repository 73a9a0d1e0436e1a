import type { PacDesk } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";

type Entering = Pick<PacRequest, "headers" | "onClosed">;

/** Begins an upload; its place is given back when the client has its answer. @throws as `TransferGate.enter`. */
export async function enterUpload(
  userName: string,
  request: Entering,
  { gate }: Pick<PacDesk, "gate">,
  { isChunk = false }: { readonly isChunk?: boolean } = {},
): Promise<void> {
  const sizeBytes = announcedBytes(request);
  const leave = await gate.enter({
    userName,
    direction: "upload",
    isChunk,
    ...(sizeBytes !== undefined && { sizeBytes }),
  });
  request.onClosed(leave);
}

/** Begins a download; its place is given back when the client has all of it, or is gone. @throws as `TransferGate.enter`. */
export async function enterDownload(
  userName: string,
  request: Entering,
  { gate }: Pick<PacDesk, "gate">,
): Promise<void> {
  request.onClosed(await gate.enter({ userName, direction: "download" }));
}

/** What `Content-Length` says; undefined where the body comes in chunks. */
function announcedBytes({ headers }: Entering): number | undefined {
  const length = Number(headers["content-length"]);
  return Number.isSafeInteger(length) ? length : undefined;
}
