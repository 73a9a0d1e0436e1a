// What ssh starts when it wants to know something: asks the program that started ssh, over its private socket, and prints the answer.
import { createConnection } from "node:net";

const [prompt = ""] = process.argv.slice(2);
const socket = createConnection(process.env["SCARF_ASKPASS_SOCKET"] ?? "");
const chunks: Buffer[] = [];
process.exitCode = 1;
socket.on("data", (chunk) => chunks.push(chunk));
socket.once("error", () => {}); // nobody is there to answer any more
socket.once("end", () => {
  const answer = Buffer.concat(chunks).toString("utf8");
  if (!answer.startsWith("+")) return;
  process.exitCode = 0;
  process.stdout.write(`${answer.slice(1)}\n`);
});
socket.end(JSON.stringify({ prompt, purpose: process.env["SSH_ASKPASS_PROMPT"] ?? "" }));
