import { isScarfError, TransferError } from "scarf-tomo";
import { DigestedBody, hasBodyDigest, WireFormatError } from "scarf-tomo/wire";
import type { PacRequest } from "./pac-request.js";

/** The body of a submit, and whether it came as our own client has sent it. Of other clients' nothing is known. */
export class SubmittedBody {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly #digested: DigestedBody | undefined;

  constructor({ headers, body }: Pick<PacRequest, "headers" | "body">) {
    this.#digested = hasBodyDigest(headers["content-type"]) ? new DigestedBody(body) : undefined;
    this.chunks = this.#digested ?? body;
  }

  /** To be asked when all has been read, and before there is a job. @throws {TransferError} `TRANSFER_CORRUPT` */
  async check(): Promise<void> {
    if ((await this.#digested?.isDamaged()) === true) throw damaged();
  }

  /** A form that can't be understood may only have been damaged. @returns the error to tell */
  async explain(error: unknown): Promise<unknown> {
    const isAboutForm =
      error instanceof WireFormatError
        ? error.problem !== "too-large"
        : isScarfError(error) && error.code === "SPEC_INVALID";
    try {
      return isAboutForm && (await this.#digested?.isDamaged()) === true ? damaged(error) : error;
    } finally {
      await this.#digested?.close();
    }
  }
}

function damaged(cause?: unknown): TransferError {
  return new TransferError("TRANSFER_CORRUPT", "The submit was damaged on its way. No job was created.", {
    hint: "Submit again.",
    cause,
  });
}
