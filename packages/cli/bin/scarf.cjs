#!/usr/bin/env node
// npm links a command only to a file that is there when it installs; the program itself is there after the build.
try {
  require("../dist/scarf.cjs");
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND" || !String(error.message).includes("dist/scarf.cjs")) throw error;
  console.error("scarf: not built yet.\nBuild it with: npm run build");
  process.exitCode = 70;
}
