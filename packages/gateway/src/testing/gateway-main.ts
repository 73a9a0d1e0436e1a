import { startGateway } from "../server/start-gateway.js";

/** A gateway as a process of its own, to be killed. Argument: configuration file. Prints its address when it listens. */
const [, , file = ""] = process.argv;
const gateway = await startGateway(file);
process.stdout.write(`${gateway.url}\n`);
process.once("SIGTERM", () => {
  void gateway.close();
});
