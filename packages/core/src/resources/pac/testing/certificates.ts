import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface TestCertificates {
  readonly caFile: string;
  readonly key: string;
  readonly cert: string;
}

/** An authority of our own and a certificate for `name` signed by it, made by openssl in `directory`. */
export function makeCertificates(directory: string, name = "IP:127.0.0.1,DNS:localhost"): TestCertificates {
  const path = (file: string): string => join(directory, file);
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
  };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=Test CA",
  );
  openssl("req", ...newKey, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=pac");
  writeFileSync(path("san.cnf"), `subjectAltName=${name}\n`);
  const signed = [
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    "san.cnf",
  ];
  openssl("x509", "-req", "-in", "server.csr", "-out", "server.pem", ...signed);
  return {
    caFile: path("ca.pem"),
    key: readFileSync(path("server.key"), "utf8"),
    cert: readFileSync(path("server.pem"), "utf8"),
  };
}
