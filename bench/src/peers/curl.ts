import { runProcess } from "../harness/run-process.js";

const quiet = ["--silent", "--show-error", "--fail"];

/** `curl -T` of several files over one connection. @returns seconds */
export async function curlPut(files: readonly string[], folderUrl: string): Promise<number> {
  return (await runProcess("curl", [...quiet, "-T", `{${files.join(",")}}`, folderUrl])).seconds;
}

/** `curl -o`. @returns seconds @throws {Error} another number of bytes arrived: an empty answer would be fast, too. */
export async function curlGet(
  url: string,
  target: string,
  sizeBytes: number,
  extra: readonly string[] = [],
): Promise<number> {
  const asked = [...quiet, ...extra, "-w", "%{size_download}", "-o", target, url];
  const { output, seconds } = await runProcess("curl", asked);
  if (Number(output) !== sizeBytes) throw new Error(`${url} gave ${output} bytes, not ${sizeBytes}`);
  return seconds;
}

/** The uploads of SCARF's web service, as a user of curl would write them, over one connection. @returns seconds */
export async function curlUpload(
  files: readonly string[],
  {
    baseUrl,
    cookie,
    directory,
  }: { readonly baseUrl: string; readonly cookie: string; readonly directory: string },
): Promise<number> {
  const url = `${baseUrl}webservice/pacclient/upfile/0`;
  const args: string[] = [];
  for (const [index, file] of files.entries()) {
    if (index > 0) args.push("--next");
    args.push(...quiet, "-b", cookie, "-F", `DirName=${directory}`, "-F", `file=@${file}`, url);
  }
  const { output, seconds } = await runProcess("curl", args);
  // The service answers with status 200 whatever happens.
  const arrived = output.split("successfully").length - 1;
  if (arrived !== files.length)
    throw new Error(`only ${arrived} of ${files.length} uploads arrived: ${output}`);
  return seconds;
}
