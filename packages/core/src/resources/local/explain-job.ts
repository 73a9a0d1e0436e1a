import type { JobSpec } from "../../model/index.js";
import { quoteWord, quoteWords } from "../../wire/shell-words.js";
import type { JobRecord } from "./job-record.js";
import { getOutputPaths } from "./job-view.js";

/** What the keeper of this job would do, for a person to read. Values of variables that look secret are masked. */
export function explainJob(spec: JobSpec, record: JobRecord): string {
  const ids = { id: "%J", ...(record.indices && { index: -1 }) };
  const paths = getOutputPaths(record, ids);
  const show = (path: string) => path.replaceAll("-1", "%I");
  const lines = [
    `# job ${quoteWord(record.name)} on this machine, ${record.cores} of its cores`,
    ...(record.indices ? [`# once for each %I of ${record.indices.join(",")}`] : []),
    ...(record.maxRunning === undefined ? [] : [`# at most ${record.maxRunning} of them at the same time`]),
    ...(spec.description === undefined ? [] : [`# ${JSON.stringify(spec.description)}`]),
    ...(record.priority === 0
      ? []
      : [`# with priority ${record.priority}; others have 0, higher ones start first`]),
    ...(spec.requeueable === undefined
      ? []
      : [`# ${spec.requeueable ? "once more" : "not again"} when the machine went down while it ran`]),
    ...(record.hold ? ["# held until it is released"] : []),
    ...(record.beginAt === undefined ? [] : [`# not before ${record.beginAt}`]),
    ...(record.dependencies ?? []).map(({ condition, jobId }) => `# when job ${jobId} has ${condition}`),
    ...(record.wallTimeSeconds === undefined ? [] : [`# ended after ${record.wallTimeSeconds} s`]),
    ...(record.memoryBytes === undefined
      ? []
      : [`# ended when it uses more than ${record.memoryBytes} bytes`]),
    ...(spec.attachments ?? []).map(
      ({ name, source }) => `# with ${quoteWord(name)} (${source.sizeBytes} bytes) in ${record.directory}`,
    ),
    `cd ${quoteWord(record.workingDirectory)}`,
    ...Object.entries(record.environment).map(([name, value]) => `export ${name}=${showValue(name, value)}`),
    [
      showCommand(spec, record),
      `< ${quoteWord(record.inputPath ?? "/dev/null")}`,
      `>> ${quoteWord(show(paths.output))}`,
      `2>> ${quoteWord(show(paths.error))}`,
    ].join(" "),
  ];
  return `${lines.join("\n")}\n`;
}

function showCommand(spec: JobSpec, { launch }: JobRecord): string {
  if (launch.kind === "argv") return quoteWords(launch.argv);
  const text = spec.task.kind === "script" ? spec.task.text : "";
  return `${quoteWords([...launch.interpreter, "./script", ...launch.args])} # ./script is: ${JSON.stringify(text)}\n`;
}

function showValue(name: string, value: string): string {
  return /PASS|SECRET|TOKEN|KEY|CREDENTIAL|AUTH/i.test(name) ? "'***'" : quoteWord(value);
}
