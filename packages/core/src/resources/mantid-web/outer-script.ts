import { quoteWord } from "../../wire/index.js";

/** The script of the task, as it lies beside the one that is submitted. */
export const taskScriptName = "scarf-task.sh";
/** What the submitted script leaves when the task has ended. */
export const exitCodeName = "scarf-exit-code";

export interface OuterScript {
  readonly language: "python" | "shell";
  /** Relative to the transaction's directory, or absolute. */
  readonly outputPath: string;
  readonly errorPath: string;
}

/**
 * What a service that tells no results is given to run: it starts the task's script with its output in files, and writes the exit
 * code into a file of its own: the evidence. It is written under another name first, so that half a code is never read.
 */
export function renderOuterScript({ language, outputPath, errorPath }: OuterScript): string {
  return language === "python" ? python(outputPath, errorPath) : shell(outputPath, errorPath);
}

function shell(outputPath: string, errorPath: string): string {
  return `#!/bin/sh
# Written by scarf-tomo: runs ${taskScriptName} and leaves its exit code, which this service does not tell.
rm -f ${exitCodeName}
/bin/sh ./${taskScriptName} >${quoteWord(outputPath)} 2>${quoteWord(errorPath)}
code=$?
echo "$code" >${exitCodeName}.part && mv ${exitCodeName}.part ${exitCodeName}
exit "$code"
`;
}

/**
 * For Python 2 and 3. Of several processes that a parallel start makes, the first runs the task: it must not run several times.
 */
function python(outputPath: string, errorPath: string): string {
  return `#!/usr/bin/env python
# Written by scarf-tomo: runs ${taskScriptName} and leaves its exit code, which this service does not tell.
import base64, os, subprocess, sys
for name in ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK", "SLURM_PROCID"):
    if os.environ.get(name, "0") != "0":
        sys.exit(0)
if os.path.exists("${exitCodeName}"):
    os.remove("${exitCodeName}")
output = open(base64.b64decode("${base64(outputPath)}"), "wb")
error = open(base64.b64decode("${base64(errorPath)}"), "wb")
code = subprocess.call(["/bin/sh", "./${taskScriptName}"], stdout=output, stderr=error)
with open("${exitCodeName}.part", "w") as part:
    part.write("%d\\n" % code if code >= 0 else "signal %d\\n" % -code)
os.rename("${exitCodeName}.part", "${exitCodeName}")
sys.exit(code if code >= 0 else 128 - code)
`;
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
