import { PacResource } from "../pac-resource.js";
import { HostileServer, reply } from "./hostile-server.js";
import { failureOf } from "./test-resource.js";

/** Asks a server whose job list never ends for it, and prints what came of it. */
await using server = await HostileServer.start();
server.replies.push(["jobs?", () => reply("application/xml", "", jobsForEver())]);
const resource = new PacResource({ id: "hostile", baseUrl: server.baseUrl, generation: "legacy" });
const session = await resource.logIn({ userName: "scarf362", password: "correct horse" });
const begun = performance.now();
const { code, message } = await failureOf(session.list());
const seconds = (performance.now() - begun) / 1000;
process.stdout.write([code, message, seconds, process.resourceUsage().maxRSS * 1024].join("\n"));
await resource.close();

function* jobsForEver(): Generator<string, void, undefined> {
  yield "<Jobs>";
  for (let id = 1; ;) {
    let block = "";
    for (const end = id + 500; id < end; id += 1) {
      block += `<Job><cmd>python recon.py ${id}</cmd><extStatus>-</extStatus><id>${id}</id><name>job ${id}</name><status>Done</status></Job>`;
    }
    yield block;
  }
}
