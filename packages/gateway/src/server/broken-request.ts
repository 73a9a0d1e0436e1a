import type { Socket } from "node:net";
import type { ErrorCode } from "scarf-tomo";
import { encodeHeaderValue, wireHeaders } from "scarf-tomo/wire";
import { gatewayVersion } from "../version.js";

interface Refusal {
  readonly status: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/** Answers a request of which not even the HTTP can be read, and ends its connection. Nothing was done for it. */
export function refuseBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  // An answer is under way, or nobody is there to read one.
  if (error.code === "ECONNRESET" || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const { status, code, message, hint } = findRefusal(error.code);
  const body = `${message}\n`;
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      "Content-Type: text/plain; charset=utf-8",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Connection: close",
      `${wireHeaders.gateway}: ${gatewayVersion}`,
      `${wireHeaders.errorCode}: ${code}`,
      `${wireHeaders.errorHint}: ${encodeHeaderValue(hint)}`,
      "",
      body,
    ].join("\r\n"),
  );
}

function findRefusal(reason: string | undefined): Refusal {
  switch (reason) {
    case "HPE_INVALID_EOF_STATE":
      return {
        status: "400 Bad Request",
        code: "TRANSFER_INCOMPLETE",
        message: "The connection ended before the whole request had arrived.",
        hint: "Send it again.",
      };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return {
        status: "408 Request Timeout",
        code: "TRANSFER_INCOMPLETE",
        message: "The request did not come whole in time.",
        hint: "Send it again.",
      };
    case "HPE_HEADER_OVERFLOW":
      return {
        status: "431 Request Header Fields Too Large",
        code: "USAGE_INVALID",
        message: "The headers of the request are too long.",
        hint: "Check the program that sent it.",
      };
    default:
      return {
        status: "400 Bad Request",
        code: "TRANSFER_CORRUPT",
        message: "What arrived is not a request of HTTP.",
        hint: "It may have been damaged on its way: send it again. If it stays, check the address and the program.",
      };
  }
}
