import { describe, expect, it } from "vitest";
import { findDefinitionProblems } from "./find-definition-problems.js";
import type { PacDefinition, SlurmCliDefinition, SlurmRestDefinition } from "./resource-definitions.js";

const url = "https://h:8443/platform/";
const tokenPage = "https://h/cgi-bin/token.py";

function problemOf(keys: Partial<PacDefinition>): string {
  const [problem] = findDefinitionProblems({ kind: "pac", url, ...keys }, ["resources", "x"]);
  return problem === undefined ? "" : `${problem.path.at(-1)}: ${problem.message}`;
}

describe("ways to log in", () => {
  it.each<Partial<PacDefinition>>([
    {},
    { login: "logon" },
    { tokenPage },
    { login: "token-page", tokenPage, tokenMethod: "query" },
    { certFile: "c", keyFile: "k" },
    { login: "certificate", certFile: "c", keyFile: "k", passphraseFile: "p" },
    { tokenFile: "t" },
    { login: "bearer", tokenFile: "t" },
  ])("%j is one", (keys) => {
    expect(problemOf(keys)).toBe("");
  });

  it.each<[Partial<PacDefinition>, string]>([
    [{ login: "token-page" }, 'login: expected a tokenPage beside login = "token-page", found none'],
    [{ login: "logon", tokenPage }, 'tokenPage: expected no tokenPage beside login = "logon", found one'],
    [{ tokenMethod: "post" }, "tokenMethod: expected a tokenPage beside tokenMethod, found none"],
    [
      { login: "certificate", certFile: "c" },
      'login: expected a keyFile beside login = "certificate", found none',
    ],
    [{ keyFile: "k" }, "keyFile: expected a certFile beside keyFile, found none"],
    [{ passphraseFile: "p" }, "passphraseFile: expected a certFile beside passphraseFile, found none"],
    [{ login: "bearer" }, 'login: expected a tokenFile beside login = "bearer", found none'],
    [
      { login: "bearer", tokenFile: "t", certFile: "c" },
      'certFile: expected no certFile beside login = "bearer", found one',
    ],
    [
      { tokenPage, tokenFile: "t" },
      "tokenFile: expected no tokenFile beside tokenPage: they are of different ways to log in",
    ],
    [
      { url: "http://h/platform/", certFile: "c", keyFile: "k" },
      "url: expected an https address, over which a certificate can be shown",
    ],
  ])("%j is none", (keys, message) => {
    expect(problemOf(keys)).toBe(message);
  });
});

describe("keys of a slurm-rest resource", () => {
  function slurmProblem(keys: Omit<SlurmRestDefinition, "kind">): string {
    const [problem] = findDefinitionProblems({ kind: "slurm-rest", ...keys }, ["resources", "x"]);
    return problem === undefined ? "" : `${problem.path.at(-1)}: ${problem.message}`;
  }

  it("go together", () => {
    expect(slurmProblem({ url: "https://h:6820", tokenFile: "t" })).toBe("");
    expect(slurmProblem({ url: "http://127.0.0.1:6820" })).toBe("");
    expect(slurmProblem({ url: "http://h:6820", insecure: true })).toBe("");
    expect(slurmProblem({ socket: "/run/s", jwtKeyFile: "k", tokenLifetimeSeconds: 60 })).toBe("");
  });

  it.each<[Omit<SlurmRestDefinition, "kind">, string]>([
    [{}, "kind: expected a url or a socket"],
    [{ url: "https://h", socket: "/s" }, "socket: expected no socket beside url"],
    [
      { url: "https://h", tokenFile: "t", jwtKeyFile: "k" },
      "jwtKeyFile: expected no jwtKeyFile beside tokenFile",
    ],
    [{ url: "https://h", tokenLifetimeSeconds: 9 }, "tokenLifetimeSeconds: expected a jwtKeyFile"],
    [{ url: "https://h", sharedDirectories: ["/x"] }, "sharedDirectories: expected a sharedFolder"],
    [{ url: "http://h:6820" }, "url: expected https://, because users' tokens would cross"],
  ])("%j do not", (keys, message) => {
    expect(slurmProblem(keys)).toContain(message);
  });
});

describe("keys of a slurm-cli resource", () => {
  function slurmProblem(keys: Omit<SlurmCliDefinition, "kind">): string {
    const [problem] = findDefinitionProblems({ kind: "slurm-cli", ...keys }, ["resources", "x"]);
    return problem === undefined ? "" : `${problem.path.join(".")}: ${problem.message}`;
  }

  it("are checked", () => {
    expect(slurmProblem({})).toBe("");
    expect(slurmProblem({ host: "login.example.org", port: 2222, sharedDirectories: ["/work"] })).toBe("");
    expect(slurmProblem({ port: 22 })).toBe("resources.x.port: expected a host beside port, found none");
    expect(slurmProblem({ host: "-oProxyCommand=x" })).toContain("found an option");
    expect(slurmProblem({ sharedDirectories: ["work"] })).toContain('found "work"');
  });
});
