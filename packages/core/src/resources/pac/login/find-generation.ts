import { isScarfError } from "../../../errors/index.js";
import {
  parseProductInformation,
  parseWsMessage,
  type ProductInformation,
  WireFormatError,
} from "../../../wire/index.js";
import type { CallOptions } from "../../compute-resource.js";
import type { FailedAnswer, PacService } from "../pac-service.js";
import type { PacGeneration } from "../pac-wire.js";
import { statusError } from "../refusals.js";

/** The newest generation of the web service that a server has. */
export interface FoundGeneration {
  readonly generation: PacGeneration;
  /** What it says of itself; the legacy generation says nothing. */
  readonly product?: ProductInformation;
}

/**
 * Asks for `ws/version`, for which nobody needs a log-in. Only an answer decides: a server that can't be reached, or can't
 * answer at the moment, is an error and not an old one.
 * @throws {TransportError} @throws {SchedulerError} `SCHEDULER_UNAVAILABLE`
 */
export async function findGeneration(service: PacService, { signal }: CallOptions): Promise<FoundGeneration> {
  const failure = (answer: FailedAnswer): Promise<Error> => Promise.resolve(new OtherAnswer(answer));
  try {
    const text = await service.text({
      path: "ws/version",
      accept: "application/xml",
      repeatable: true,
      signal,
      doing: "tell its version",
      anonymous: true,
      failure,
    });
    return { generation: "current", product: parseProductInformation(text) };
  } catch (error) {
    if (error instanceof OtherAnswer) return judge(service, error.answer);
    if (error instanceof WireFormatError) return { generation: "legacy" };
    // An old server answers unknown addresses in its own ways: with a page, or a redirect to one.
    if (isScarfError(error) && error.code === "OUTPUT_UNREADABLE") return { generation: "legacy" };
    throw error;
  }
}

class OtherAnswer extends Error {
  readonly answer: FailedAnswer;

  constructor(answer: FailedAnswer) {
    super(`HTTP ${answer.status}`);
    this.answer = answer;
  }
}

function judge(service: PacService, { status, body }: FailedAnswer): FoundGeneration {
  const message = parseWsMessage(body);
  // IBM's "wrong edition": the addresses are there and do nothing.
  if (status === 503 && message !== undefined && /\bedition\b/i.test(message))
    return { generation: "legacy" };
  if (status === 429 || status >= 500) throw statusError(service.who, status, body);
  // An error in the form of the current generation comes from the current generation, which hides its version.
  return { generation: message === undefined ? "legacy" : "current" };
}

/** For a person: `scarf-tomo gateway 0.1.0, current generation`. */
export function renderGeneration({ generation, product }: FoundGeneration): string {
  const name = [product?.productName, product?.version].filter(
    (part) => part !== undefined && part !== "" && part !== "-",
  );
  return [...(name.length === 0 ? [] : [name.join(" ")]), `${generation} generation of the web service`].join(
    ", ",
  );
}
