import { expect, it } from "vitest";
import { chooseApplication } from "./choose-application.js";

it.each([
  ["/work/x.py", "--tool astra"],
  ["/work/x.py", "--input-path=/a --tool=astra --cor 1"],
  ["/work/x.py", "-t astra"],
  ["/work/x.py", `--tool="astra"`],
  ["/work/x.py", "--tool 'Astra'"],
  ["/work/x.py --tool astra", ""],
  ["/work/x.py --tool=astra", "--cor 3"],
  ["/work/x.py", "--tool tomopy --tool astra"],
])("Mantid looked for --tool in the path only: %j %j is ASTRA here", (path, options) => {
  expect(chooseApplication(path, options)).toBe("PYASTRATOOLBOX_1_6");
});

it.each([
  ["/work/x.py", ""],
  ["/work/x.py", "--tool=tomopy"],
  ["/work/x.py --tool astra", "--tool tomopy"],
  ["/work/astra/x.py", "--output /work/--tool/astra"],
  ["/work/x.py", "--tool astrange"],
  ["/work/x.py", "--my--tool astra"],
])("%j %j is TomoPy", (path, options) => {
  expect(chooseApplication(path, options)).toBe("TOMOPY_0_1_9");
});
