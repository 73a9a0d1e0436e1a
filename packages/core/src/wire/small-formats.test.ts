import { describe, expect, it } from "vitest";
import {
  parseActionAnswer,
  parseSubmitAnswer,
  renderActionAnswer,
  renderSubmitAnswer,
  renderUserCommand,
  saysSessionEnded,
} from "./answers.js";
import { decodePercent, decodeText } from "./decode-text.js";
import { baseName, isHeaderSafeFileName, isPlainFileName } from "./file-name.js";
import { decodeHeaderValue, encodeHeaderValue } from "./headers.js";
import { isJobFilesMessage, parseJobFiles, renderJobFiles, renderJobFilesMessage } from "./job-files-list.js";
import {
  parseLogonAnswer,
  parseLogonRequest,
  parseTokenPage,
  renderLogonAnswer,
  renderLogonRequest,
  renderTokenPage,
} from "./logon.js";
import { readUploadForm } from "./forms/read-forms.js";
import { inPieces } from "./testing/in-pieces.js";
import { isToken, parseTokenCookie, renderTokenCookie, tokenUser } from "./token.js";

const token = 'scarf362"2026-02-10T18:50:00Z"Mv2+/="3Y==';

describe("token", () => {
  it("travels as one cookie with its quotes replaced", () => {
    expect(renderTokenCookie(token)).toBe(
      "platform_token=scarf362#quote#2026-02-10T18:50:00Z#quote#Mv2+/=#quote#3Y==",
    );
    expect(parseTokenCookie(renderTokenCookie(token))).toBe(token);
    expect(parseTokenCookie(renderTokenCookie(token, "0000abc:-1"))).toBe(token);
    expect(renderTokenCookie(token, "0000abc:-1")).toMatch(/3Y==,JSESSIONID=0000abc:-1$/);
    expect(parseTokenCookie(`a=b; platform_token=${token} ; c=d`)).toBe(token);
    expect(
      [undefined, "", "platform_token=", "x=platform_token=1", "platform_token"].map(parseTokenCookie),
    ).toEqual(Array(5).fill(undefined));
  });

  it("is one line of at least two parts", () => {
    expect([token, 'a"b'].map(isToken)).toEqual([true, true]);
    expect(["", "a", 'a"', '"b', 'a"b\nc', 'a"b;c', 'a"b c', "<html>"].map(isToken)).toEqual(
      Array(8).fill(false),
    );
    expect([tokenUser(token), tokenUser("x")]).toEqual(["scarf362", undefined]);
  });
});

describe("logon", () => {
  it("brings any password over, from those who escape and those who don't", () => {
    for (const password of ["a\"b<c>&d'é", "</pass>", " x ", "&amp;"]) {
      expect(parseLogonRequest(renderLogonRequest({ userName: "u<1>", password }))).toEqual({
        userName: "u<1>",
        password,
      });
    }
    expect(parseLogonRequest("<User><name>scarf362</name> <pass>a&<b></pass> </User>")).toEqual({
      userName: "scarf362",
      password: "a&<b>",
    });
    expect(parseLogonRequest("<User></User>")).toBeUndefined();
    expect(parseLogonRequest("")).toBeUndefined();
  });

  it("answers with a token on one line or a message", () => {
    const text = renderLogonAnswer({ kind: "token", token });
    expect(text).toContain(`<token>${token}</token>`);
    expect(parseLogonAnswer(text)).toEqual({ kind: "token", token });
    expect(parseLogonAnswer(renderLogonAnswer({ kind: "refused", message: "a<b" }))).toEqual({
      kind: "refused",
      message: "a<b",
    });
    expect(parseLogonAnswer("<User><token>a&quot;b\n</token><jtoken>j</jtoken></User>")).toEqual({
      kind: "token",
      token: 'a"b',
      jtoken: "j",
    });
    expect(() => parseLogonAnswer("<User/>")).toThrow("neither");
  });

  it("reads the token page", () => {
    expect(parseTokenPage(renderTokenPage("https://h:8443/platform/", token))).toEqual({
      baseUrl: "https://h:8443/platform/",
      token,
    });
    expect(parseTokenPage("https://h/")).toEqual({ baseUrl: "https://h/", token: "" });
    expect(["", "wrong password", "see https://h/\nx", "https://h/ x\ny"].map(parseTokenPage)).toEqual(
      Array(4).fill(undefined),
    );
  });
});

describe("job file lists", () => {
  const file = (path: string, kind: "file" | "directory" = "file", readable = true) => ({
    path,
    name: path.split("/").at(-1) ?? "",
    kind,
    sizeBytes: kind === "file" ? 281 : 4096,
    readable,
  });

  it("are written as the clients read them", () => {
    const files = [
      file("/h/J/a.error"),
      file("/h/J/sub", "directory"),
      file("/h/J/no", "file", false),
      file("/h/J/.hidden"),
      file("/h/J/a*b"),
      file("/h/J/a;b"),
    ];
    expect(renderJobFiles(files)).toBe(
      "PAC Server*/h/J/a.error*FILE*281*true;PAC Server*/h/J/sub*DIR*0*true;PAC Server*/h/J/no*FILE*281*false;",
    );
    expect(renderJobFiles([])).toBe("");
    expect(isJobFilesMessage(renderJobFilesMessage("no such job in /home\\x"))).toBe(true);
    expect(["", "a*/b*FILE*1*true;", "node7:/old/c;\n"].map(isJobFilesMessage)).toEqual([
      false,
      false,
      false,
    ]);
    expect(
      [
        "<Jobs><errMsg>Internal error</errMsg></Jobs>",
        "cannot open /home/x: permission denied",
        "Error: /home/x is not readable",
        "down since 12/02/2026",
      ].map(isJobFilesMessage),
    ).toEqual([true, true, true, true]);
  });

  it("are read in new, short and old forms", () => {
    expect(parseJobFiles("h*/w/a*FILE*99999999999999999999*true;")).toMatchObject([
      { path: "/w/a", sizeKnown: false },
    ]);
    expect(
      parseJobFiles(
        "PAC Server*/h/a*FILE*281*true;\nhost1*C:\\x\\b*DIR*0*false;h*/short;node7:/old/c;/bare/d;",
      ),
    ).toEqual([
      { host: "PAC Server", path: "/h/a", kind: "file", sizeBytes: 281, readable: true, sizeKnown: true },
      { host: "host1", path: "C:\\x\\b", kind: "directory", sizeBytes: 0, readable: false, sizeKnown: true },
      { host: "h", path: "/short", kind: "file", sizeBytes: 0, readable: true, sizeKnown: false },
      { host: "node7", path: "/old/c", kind: "file", sizeBytes: 0, readable: true, sizeKnown: false },
      { host: "", path: "/bare/d", kind: "file", sizeBytes: 0, readable: true, sizeKnown: false },
    ]);
    expect(parseJobFiles("x*/..*FILE*1*true;x*/a/*FILE*1*true;;garbage;")).toEqual([]);
  });
});

describe("answers", () => {
  it("tell done from refused, and refuse what tells neither", () => {
    expect(parseSubmitAnswer(renderSubmitAnswer({ jobId: "1[2]" }))).toEqual({ jobId: "1[2]" });
    expect(parseSubmitAnswer(renderSubmitAnswer({ errorMessage: "a <b>" }))).toEqual({
      errorMessage: "a <b>",
    });
    for (const text of ["<Job/>", "<Job><id>0</id></Job>", "<Job><id> </id></Job>"])
      expect(() => parseSubmitAnswer(text)).toThrow("no job id");
    expect(parseActionAnswer(renderActionAnswer({ message: "Job <1> is being terminated" }, "1"))).toEqual({
      message: "Job <1> is being terminated",
    });
    expect(parseActionAnswer("<UserCmd><cmdMsg></cmdMsg></UserCmd>")).toEqual({ message: "" });
    expect(() => parseActionAnswer("<Job><id>1</id></Job>")).toThrow("neither");
    expect(renderUserCommand(["bkill", "-s", "a b"])).toBe(
      "<UserCmd><cmd>bkill &quot;-s&quot; &quot;a b&quot;</cmd></UserCmd>",
    );
  });

  it("recognise the end of a session, and not everything that has the word in it", () => {
    for (const text of [
      "Your current login session was logout",
      "Your session has expired",
      "token is invalid",
      "You are not logged in",
      "Please log on first",
    ]) {
      expect([text, saysSessionEnded(text)]).toEqual([text, true]);
    }
    for (const text of [
      "Permission denied",
      "session.h5 was uploaded successfully",
      "job token_test finished",
      "",
    ]) {
      expect([text, saysSessionEnded(text)]).toEqual([text, false]);
    }
  });
});

describe("names and texts", () => {
  it("keep only what is safe", () => {
    expect(["a/b.txt", "C:\\x\\y", "..", ".", "", "a/", "a\u0000", ".hidden", "ü ß"].map(baseName)).toEqual([
      "b.txt",
      "y",
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      ".hidden",
      "ü ß",
    ]);
    expect(["a b.txt", "é", "a,b", "a;b", 'a"', "a*b", " a", "../a", "\uD800"].map(isPlainFileName)).toEqual([
      true,
      true,
      ...Array<boolean>(7).fill(false),
    ]);
    expect(["a,b;c", 'a"', "a\rb"].map(isHeaderSafeFileName)).toEqual([true, false, false]);
  });

  it("decode UTF-8, else Latin-1; percent sequences only where they are some", () => {
    expect([decodeText(Buffer.from("é")), decodeText(Buffer.from([0x63, 0xe9]))]).toEqual(["é", "cé"]);
    expect(decodePercent("/work/im%20at%3A%C3%A9 100% %zz %E9")).toBe("/work/im at:é 100% %zz %E9");
    expect(decodeHeaderValue(encodeHeaderValue("é\r\nx: 1%\uD800"))).toBe("é\r\nx: 1%\uFFFD");
    expect(decodeHeaderValue("100%")).toBe("100%");
  });
});

describe("names that a form can't carry", () => {
  it("travel between our own programs", async () => {
    const names = ["back\\slash", "star*?[x]", "semi;colon,comma", 'quote"', "per%41cent", " ü ", "<tag>"];
    const files = names.map(
      (name) => ({ path: `/h/J/${name}`, name, kind: "file", sizeBytes: 1, readable: true }) as const,
    );
    expect(
      parseJobFiles(renderJobFiles(files, { encoded: true }), { encoded: true }).map(({ path }) => path),
    ).toEqual(files.map(({ path }) => path));
    for (const name of names) {
      const header = encodeHeaderValue(name);
      const body = `--B\r\nContent-Disposition: form-data; name="file"\r\nScarf-File-Name: ${header}\r\n\r\nx\r\n--B--`;
      for await (const item of readUploadForm(inPieces(body, 13))) {
        expect(item).toMatchObject({ kind: "file", fileName: name, names: [name] });
      }
    }
  });

  it.each(["../x", "..", "a/b", "%00", "%0D%0AX: y"])("refuse the hostile name %j", async (header) => {
    const value = header.includes("%") ? header : encodeURIComponent(header);
    const body = `--B\r\nScarf-File-Name: ${value}\r\n\r\nx\r\n--B--`;
    for await (const item of readUploadForm(inPieces(body, 13))) {
      expect(item).toMatchObject({ kind: "file", fileName: undefined, names: [] });
    }
  });
});
