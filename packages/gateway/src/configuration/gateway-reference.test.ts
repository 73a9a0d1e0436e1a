import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkConfiguration } from "./gateway-configuration.js";
import { gatewaySchema } from "./gateway-schema.js";

function read(name: string): Promise<string> {
  return readFile(new URL(`../../../../docs/${name}`, import.meta.url), "utf8");
}

describe("the pages about the gateway", () => {
  it("describe every key, and none that is not there", async () => {
    const text = await read("reference/gateway-configuration.md");
    const table = text.slice(text.indexOf("## Keys"), text.indexOf("## Resources"));
    const described = [...table.matchAll(/^\| (.+?) \|/gm)]
      .flatMap(([, cell = ""]) => [...cell.matchAll(/`([\w.]+)`/g)].map(([, key = ""]) => key))
      .toSorted();
    expect(described).toEqual(listKeys());
  });

  it("show complete files that work", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gateway-docs-"));
    try {
      for (const page of ["reference/gateway-configuration.md", "guide/gateway.md"]) {
        const example = /```toml\n([^]*?)```/.exec(await read(page))?.[1] ?? "";
        const file = join(folder, "gateway.toml");
        await writeFile(file, example);
        expect((await checkConfiguration(file)).defaultResource).toBe("local");
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** All keys as the table writes them: `limits.uploadBytes`, `users.oauth2.issuer`. */
function listKeys(): readonly string[] {
  return keysOf(gatewaySchema.shape, "").toSorted();
}

function keysOf(shape: object, before: string): readonly string[] {
  return Object.entries(shape).flatMap(([key, schema]: [string, unknown]) => {
    let inner = schema;
    while (isWrapper(inner)) inner = inner.def.innerType;
    const path = `${before}${key}`;
    return path !== "resources" && isTable(inner) ? keysOf(inner.shape, `${path}.`) : [path];
  });
}

function isWrapper(value: unknown): value is { readonly def: { readonly innerType: unknown } } {
  return (
    isTableOrWrapper(value, "def") &&
    typeof value.def === "object" &&
    value.def !== null &&
    "innerType" in value.def
  );
}

function isTable(value: unknown): value is { readonly shape: object } {
  return isTableOrWrapper(value, "shape") && typeof value.shape === "object";
}

function isTableOrWrapper<Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> {
  return typeof value === "object" && value !== null && name in value;
}
