import { TransferError } from "../errors/index.js";

/** @throws {TransferError} `TRANSFER_CORRUPT` */
export function compareDigest(name: string, there: string, here: string | undefined): void {
  if (here === undefined || there.trim().toLowerCase() === here) return;
  throw new TransferError(
    "TRANSFER_CORRUPT",
    `${name} did not arrive as it was sent: its checksum there is another.`,
    {
      hint: "Send it again.",
      context: { name, sha256Here: here, sha256There: there, liesThere: true },
    },
  );
}
