import { FileError, isScarfError } from "../../../errors/index.js";
import type { JobId } from "../../../model/index.js";
import type { HttpAnswer } from "../../../transports/http/index.js";
import type { CallOptions } from "../../compute-resource.js";
import { encodeJobId } from "../job-id.js";
import type { PacService } from "../pac-service.js";
import { legacyCall } from "./legacy-call.js";

/** `file/{id}`, the names in the body of the GET. */
export async function openFiles(
  service: PacService,
  id: JobId,
  paths: readonly string[],
  headers: Readonly<Record<string, string>>,
  options: CallOptions,
): Promise<HttpAnswer> {
  const answer = await service.open(
    legacyCall({
      path: `file/${encodeJobId(id)}`,
      contentType: "text/plain",
      headers,
      body: paths.join(","),
      repeatable: true,
      signal: options.signal,
      doing: `read files of job ${id}`,
      statuses: [403, 404],
    }),
  );
  if (answer.status === 200) return answer;
  throw await emptyFailure(service, answer, paths, options);
}

/** Status 403 or 404 with nothing behind it: the wire's way to say no. */
async function emptyFailure(
  service: PacService,
  answer: HttpAnswer,
  paths: readonly string[],
  options: CallOptions,
): Promise<Error> {
  const body = await answer.text(65_536).catch(() => "");
  service.checkSession(body);
  const names = paths.join(", ");
  const context = { resource: service.who.resourceId, path: paths[0], httpStatus: answer.status };
  if (answer.status === 404) {
    return new FileError("FILE_NOT_FOUND", `The job has no file ${names}.`, {
      hint: "List the job's files to see what it has.",
      context,
    });
  }
  // 403 stands for a missing permission and for an ended session: a harmless question tells which.
  await checkSession(service, options).catch((error: unknown) => {
    if (isScarfError(error) && error.code === "SESSION_EXPIRED") throw error;
  });
  return new FileError("FILE_UNREADABLE", `The resource does not let you read ${names}.`, {
    hint: "Change its permissions on the resource, or ask its owner.",
    context,
  });
}

/** @throws {AuthError} `SESSION_EXPIRED` */
export async function checkSession(service: PacService, { signal }: CallOptions): Promise<void> {
  const call = { path: "jobs?id=0&user=&details=&past=", signal, doing: "check the session" };
  service.checkSession(await service.text(legacyCall(call)));
}
