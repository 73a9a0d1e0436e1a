import { open } from "node:fs/promises";
import { downloadTo, PacResource, uploadFile } from "scarf-tomo";
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
  case "send":
    for (const file of order.files)
      await uploadFile(session, file, order.directory, { overwrite: true, verify: order.verify });
    break;
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
