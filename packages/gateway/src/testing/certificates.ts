import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface TestCertificates {
  /** What a client is told to trust. */
  readonly caFile: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority of our own in a folder, and a certificate for this machine's loopback address signed by it. */
export async function makeCertificates(folder: string): Promise<TestCertificates> {
  const openssl = (...args: string[]): Promise<unknown> =>
    promisify(execFile)("openssl", args, { cwd: folder });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const authority = ["-subj", "/CN=Authority of the test", "-keyout", "ca.key", "-out", "ca.pem"];
  await openssl("req", "-x509", ...newKey, ...authority, "-days", "2");
  await openssl("req", ...newKey, "-subj", "/CN=gateway", "-keyout", "key.pem", "-out", "request.pem");
  await writeFile(join(folder, "names.cnf"), "subjectAltName=IP:127.0.0.1\n");
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names.cnf"];
  await openssl("x509", "-req", "-in", "request.pem", "-out", "cert.pem", ...signing, "-days", "2");
  const [caFile, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((name) => join(folder, name));
  return { caFile: caFile ?? "", cert: cert ?? "", key: key ?? "" };
}
