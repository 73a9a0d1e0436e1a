import { expect, it } from "vitest";
import { isFileValue, parseFileValues, renderFileValues } from "./file-values.js";

it.each([
  ["a.txt,upload", [{ path: "a.txt", mode: "upload" }]],
  [
    "a.txt,upload;/x/b,copy",
    [
      { path: "a.txt", mode: "upload" },
      { path: "/x/b", mode: "copy" },
    ],
  ],
  [
    "/y, link;/z,path;/plain,name",
    [
      { path: "/y", mode: "link" },
      { path: "/z", mode: "path" },
      { path: "/plain,name", mode: "path" },
    ],
  ],
  ["/x;y/b,c.txt,link", [{ path: "/x;y/b,c.txt", mode: "link" }]],
  ["/x/b,PATH", [{ path: "/x/b", mode: "path" }]],
  ["/x/b", [{ path: "/x/b", mode: "path" }]],
  ["/x/b,c", [{ path: "/x/b,c", mode: "path" }]],
  ["/x/uploads,upload", [{ path: "/x/uploads", mode: "upload" }]],
  ["", []],
  [" ; ", [{ path: ";", mode: "path" }]],
])("reads %j", (text, values) => {
  expect(parseFileValues(text)).toEqual(values);
});

it("reads what it writes, whatever characters a path holds", () => {
  const values = [
    { path: "/a;b,c", mode: "copy" },
    { path: "d,upload.txt", mode: "upload" },
  ] as const;
  expect(parseFileValues(renderFileValues(values))).toEqual(values);
});

it.each([
  ["a.txt,upload", true],
  ["/x;y/b, copy", true],
  ["a.txt,upload;/x/b,LINK", true],
  ["a.txt", false],
  ["a,uploads", false],
  [",upload", false],
  ["a.txt,upload;/x/b", false],
  ["", false],
])("says whether %j names files", (text, expected) => {
  expect(isFileValue(text)).toBe(expected);
});
