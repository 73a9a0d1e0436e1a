import { ValueError } from "scarf-tomo";
import { decodePercent, mantidCalls, type MantidCall } from "scarf-tomo/wire";
import type { PacAnswer } from "../pac/pac-answer.js";
import type { RawRequest } from "../pac/pac-face.js";
import { splitTarget } from "../pac/split-target.js";
import { type OperationLogs, runOperation } from "../server/run-operation.js";
import { failureAnswer } from "./answers.js";
import { download, files } from "./files.js";
import { abort, query } from "./jobs.js";
import type { MantidDesk, MantidOperation, MantidRequest } from "./mantid-request.js";
import { findMantidProof } from "./session-cookie.js";
import { authenticate, info } from "./session-operations.js";
import { submit } from "./submit.js";
import { transaction } from "./transaction.js";
import { upload } from "./upload.js";

const operations: Readonly<Record<MantidCall, MantidOperation>> = {
  info,
  authenticate,
  transaction,
  files,
  download,
  upload,
  submit,
  query,
  abort,
};

export interface MantidFaceOptions extends OperationLogs {
  /** First component of the path, or the second behind the name of a resource. */
  readonly path: string;
  /** By resource id. */
  readonly desks: ReadonlyMap<string, MantidDesk>;
  readonly defaultResource: string | undefined;
}

/** The web service of Mantid's remote algorithms over any compute resources that keep files. Never throws: every failure is an answer. */
export class MantidFace {
  readonly #options: MantidFaceOptions;

  constructor(options: MantidFaceOptions) {
    this.#options = options;
  }

  /** Answers what is addressed to this face; undefined: it is for another one. */
  async answer(raw: RawRequest): Promise<PacAnswer | undefined> {
    const { segments, query: queryText } = splitTarget(raw.target);
    const [first = "", second, ...others] = segments.map(decodePercent);
    const { path, desks, defaultResource } = this.#options;
    const isNamed = first !== path && second === path && desks.has(first);
    if (!isNamed && first !== path) return undefined;
    const desk = desks.get(isNamed ? first : (defaultResource ?? ""));
    const rest = isNamed ? others : second === undefined ? [] : [second, ...others];
    const call = rest.length === 1 ? mantidCalls.find((name) => name === rest[0]) : undefined;
    if (desk === undefined || call === undefined) return notFound();
    return this.#run({ ...raw, call, query: queryText }, desk);
  }

  #run(request: MantidRequest, desk: MantidDesk): Promise<PacAnswer> {
    const operation = operations[request.call];
    return runOperation(
      {
        name: `mantid ${request.call}`,
        resourceId: desk.offered.id,
        address: request.address,
        audited: operation.audited,
        dropSession: (userName) => desk.sessions.drop(desk.offered, findMantidProof(request), userName),
        run: (audit) => {
          checkMethod(request, operation);
          return operation.run(request, desk, audit);
        },
        renderFailure: (failure) => {
          const answer = failureAnswer(failure);
          if (request.call !== "authenticate" || answer.status !== 401) return answer;
          return {
            ...answer,
            headers: { ...answer.headers, "www-authenticate": 'Basic realm="scarf-tomo"' },
          };
        },
      },
      this.#options,
    );
  }
}

function checkMethod({ method, call }: MantidRequest, operation: MantidOperation): void {
  if (method === operation.method) return;
  throw new ValueError("USAGE_INVALID", `${call} can't be asked for by ${method}.`, {
    hint: `Send it by ${operation.method}.`,
  });
}

function notFound(): PacAnswer {
  const message = "There is no such call in this service, or no such resource.";
  const hint = `The calls are ${mantidCalls.join(", ")}; addresses are case-sensitive.`;
  return { ...failureAnswer({ code: "USAGE_INVALID", message, hint }), status: 404 };
}
