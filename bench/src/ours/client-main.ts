import { open } from "node:fs/promises";
import { downloadTo, PacResource, uploadFiles } from "scarf-tomo";
import { readPeakBytes } from "../harness/process-figures.js";
import { password, userName } from "./account.js";
import { clientOrder, type ClientReport } from "./client.js";

/** A program that uses the library to move files, and tells what that took. Argument: a {@link clientOrder} in JSON. */
const order = clientOrder.parse(JSON.parse(process.argv[2] ?? ""));
const resource = new PacResource({ id: "bench", baseUrl: order.baseUrl });
const session = await resource.logIn({ userName, password });
const begun = performance.now();
const cpuBefore = process.cpuUsage();
switch (order.do) {
  case "send": {
    const files = order.files.map((localPath) => ({ localPath }));
    const { failures } = await uploadFiles(session, files, order.directory, {
      overwrite: "replace",
      verify: order.verify,
    });
    // A benchmark of files that did not arrive would be a fast one.
    if (failures[0] !== undefined) throw failures[0].error;
    break;
  }
  case "receive": {
    const reading = await session.jobFiles(order.jobId).read(order.path);
    await downloadTo(reading, order.target, { overwrite: "replace" });
    break;
  }
  default: {
    const { chunks } = await session.jobFiles(order.jobId).read(order.path);
    const nowhere = await open("/dev/null", "w");
    for await (const chunk of chunks) await nowhere.write(chunk);
    await nowhere.close();
  }
}
const cpu = process.cpuUsage(cpuBefore);
const report: ClientReport = {
  seconds: (performance.now() - begun) / 1000,
  cpuSeconds: (cpu.user + cpu.system) / 1e6,
  peakBytes: readPeakBytes(process.pid),
};
process.stdout.write(JSON.stringify(report));
await resource.close();
