import { FileSessionStore } from "../file-session-store.js";

/** A program that logs in (as far as the store is concerned) many times, and ends with 1 if it ever sees no session, or half of one. */
const [directory = "", name = "", rounds = "0"] = process.argv.slice(2);
const store = new FileSessionStore(directory);
process.send?.("begun");
for (let round = 0; round < Number(rounds); round += 1) {
  const state = { token: `${name}-${round}`, filling: "x".repeat(5000) };
  await store.save({ resourceId: "SCARF@STFC", userName: "alice", savedAt: new Date().toISOString(), state });
  const seen = await store.load("SCARF@STFC", "alice");
  if (seen?.state["token"] === undefined) process.exit(1);
}
process.disconnect();
