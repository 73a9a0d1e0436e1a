import { readFileSync } from "node:fs";
import { createServer } from "node:http";

/** node:http sending the bytes of a file to whatever it is asked, and nothing else: `FILE CONTENT-TYPE`. Prints its address. */
const [file = "", contentType = ""] = process.argv.slice(2);
const body = readFileSync(file);
const headers = { "content-type": contentType, "content-length": body.length };
const server = createServer((_, response) => {
  response.writeHead(200, headers).end(body);
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 2048 }, () => {
  const address = server.address();
  if (typeof address === "object" && address !== null)
    process.stdout.write(`http://127.0.0.1:${address.port}/\n`);
});
