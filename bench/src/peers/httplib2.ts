import { fileURLToPath } from "node:url";
import * as z from "zod/mini";
import { findPython } from "../harness/programs.js";
import { runProcess } from "../harness/run-process.js";

const program = fileURLToPath(new URL("../../peers/httplib2-transfer.py", import.meta.url));
const report = z.object({ seconds: z.number(), peakBytes: z.number() });

/** One upload over SCARF's web service with Python's httplib2. */
export async function httplib2Upload(
  file: string,
  {
    baseUrl,
    cookie,
    directory,
  }: { readonly baseUrl: string; readonly cookie: string; readonly directory: string },
): Promise<z.infer<typeof report>> {
  const url = `${baseUrl}webservice/pacclient/upfile/0`;
  const { output } = await runProcess(findPython("httplib2"), [program, url, cookie, directory, file]);
  return report.parse(JSON.parse(output));
}
