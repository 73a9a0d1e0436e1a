import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { ConfigError } from "../../errors/index.js";
import { readPrivateFile } from "../private-file.js";
import type { ClientCertificate } from "./http-types.js";

/** @param setting - as the resource's definition calls it. @throws {ConfigError} `CONFIG_INVALID` */
export function readPem(file: string, setting: "caFile" | "certFile"): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const otherwise = setting === "caFile" ? ", or leave it out to trust the system's authorities" : "";
    throw new ConfigError("CONFIG_INVALID", `The certificate file ${file} can't be read.`, {
      hint: `Set ${setting} of the resource to a readable PEM file${otherwise}.`,
      context: { [setting]: file },
      cause,
    });
  }
}

/**
 * Reads certificate, key and passphrase, and tries them: on a connection they would look like a fault of the network.
 * @throws {ConfigError} `CONFIG_INVALID`: one of them can't be read or used, or others can read the key.
 */
export function readClientCertificate(files: ClientCertificate): SecureContextOptions {
  const { certFile, keyFile, passphraseFile } = files;
  const cert = readPem(certFile, "certFile");
  const key = readPrivateFile(keyFile, "a private key");
  const passphrase =
    passphraseFile === undefined
      ? files.passphrase
      : readPrivateFile(passphraseFile, "the passphrase of a private key").replace(/\r?\n$/, "");
  const options = { cert, key, ...(passphrase !== undefined && { passphrase }) };
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `The certificate ${certFile} can't be used with the key ${keyFile}: ${reasonOf(cause)}.`,
      {
        hint: "Check that both belong together, are PEM files, and that the passphrase is the one of the key.",
        context: { certFile, keyFile },
      },
    );
  }
  return options;
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (/MISMATCH/.test(code)) return "they don't belong together";
  if (/BAD_DECRYPT|PASSWORD|PASSPHRASE|INTERRUPTED|CANCELLED/i.test(code))
    return "the passphrase is wrong or missing";
  if (/NO_START_LINE|UNSUPPORTED|ASN1|PEM/.test(code)) return "one of them is no PEM file of its kind";
  return "OpenSSL refuses them";
}
