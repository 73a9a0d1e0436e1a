import { SchedulerError } from "../../errors/index.js";
import type { FileReading } from "../../model/index.js";
import { type HttpAnswer, isHtml } from "../../transports/http/index.js";
import { type JobFileEntry, wireHeaders } from "../../wire/index.js";
import { counted } from "../file-readings.js";
import type { PacService } from "./pac-service.js";
import { pageInsteadOfAnswer } from "../session-errors.js";
import { jobRefusal } from "./refusals.js";

export interface FileRequest {
  /** Within the job's directory. */
  readonly path: string;
  /** What the job's list says of it. */
  readonly entry: JobFileEntry | undefined;
}

export type NamedReading = FileReading & { readonly path: string };

export function rawReading(
  service: PacService,
  answer: HttpAnswer,
  head: string,
  chunks: AsyncIterable<Uint8Array>,
  batch: readonly FileRequest[],
): NamedReading {
  const [only] = batch;
  const refused = /<errMsg>([\s\S]*?)<\/errMsg>/.exec(head)?.[1];
  if (head.startsWith("<?xml") && refused !== undefined && !/\.xml$/i.test(only?.path ?? "")) {
    answer.discard();
    throw jobRefusal(service.who, service.mask(refused), "read the file");
  }
  if (isHtml(answer.headers["content-type"], head) && !/\.x?html?$/i.test(only?.path ?? "")) {
    answer.discard();
    throw pageInsteadOfAnswer(service.who, service.mask(head), answer.status);
  }
  if (only === undefined || batch.length > 1) {
    answer.discard();
    throw new SchedulerError(
      "OUTPUT_UNREADABLE",
      "The resource answered several files with unseparated bytes.",
      {
        hint: "Ask for one file at a time.",
        context: { resource: service.who.resourceId },
      },
    );
  }
  const { path, entry } = only;
  const exactBytes = answer.sizeBytes;
  const sha256 = answer.headers[wireHeaders.sha256]?.trim().toLowerCase();
  return {
    path,
    ...(exactBytes !== undefined && { sizeBytes: exactBytes }),
    ...(sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
    chunks: counted(chunks, path, {
      exactBytes,
      atLeastBytes: entry?.sizeKnown === true ? entry.sizeBytes : undefined,
    }),
  };
}
