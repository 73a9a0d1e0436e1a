import { SubmitJournal } from "../submit-journal.js";
import { submitOnce } from "../submit-once.js";
import { MemoryResource } from "./memory-resource.js";

/** A program whose submit never gets its answer; it says when the request is out. */
const resource = new MemoryResource("SCARF");
resource.addUser("alice");
const session = await resource.logIn({ userName: "alice", password: "password of alice" });
resource.call = () => {
  // Nothing else keeps a program alive whose promise never settles.
  setInterval(() => undefined, 60_000);
  process.send?.("sent");
  return new Promise(() => undefined);
};
await submitOnce(
  session,
  { task: { kind: "shell", commandLine: "recon" }, name: "night_run" },
  { submitKey: "key", journal: new SubmitJournal(process.argv[2] ?? "") },
);
