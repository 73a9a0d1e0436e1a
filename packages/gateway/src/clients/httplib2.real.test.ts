import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeCertificates, makeClientCertificate, type TestCertificates } from "scarf-tomo/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { password, startFixture, userName } from "../testing/gateway-fixture.js";
import { audience, issuerName, makeIssuer, type TestIssuer } from "../testing/issuer.js";

/** The calls of IBM's pac_api.py, with the library that it uses (Debian's python3-httplib2). */
const program = String.raw`
import httplib2, json, re, sys, time

base, user, password, directory, way, cacert, key, cert, bearer = sys.argv[1:10]
ws = base + "webservice/pacclient/"
accept = "text/plain,application/xml,text/xml,multipart/mixed"
# As pac does: over https with the file cacert.pem, and with .key.pem and .cert.pem where they are there.
http = httplib2.Http(ca_certs=cacert) if cacert else httplib2.Http()
if key:
    http.add_certificate(key, cert, "")

def ask(url, method="GET", body=None, token="", content_type="text/plain", accept=accept):
    headers = {"content-type": content_type, "accept": accept, "accept-language": "en-us"}
    if token.startswith("OAuth2"):
        # OAuth2...#<user>::<bearer token>
        headers["Auth-User"], secret = token.split("#", 1)[1].split("::", 1)
        headers["Authorization"] = "Bearer " + secret
    else:
        headers["cookie"] = "platform_token=" + token.replace('"', "#quote#")
    return http.request(url, method, body=body, headers=headers)

def call(path, method="GET", body=None, token="", content_type="text/plain", accept=accept):
    response, content = ask(ws + path, method, body, token, content_type, accept)
    assert response["status"] in ("200", "403", "404"), response
    return response["status"], content

report = {}
report["ping"] = call("ping/", body=base)[1].decode()
if way == "password":
  refused = call("logon/", body="<User><name>%s</name> <pass>wrong</pass> </User>" % user, content_type="application/xml")
  report["refused"] = refused[1].decode()
  logon = call("logon/", body="<User><name>%s</name> <pass>%s</pass> </User>" % (user, password), content_type="application/xml")[1].decode()
  token = re.search("<token>(.*)</token>", logon).group(1)
elif way == "certificate":
  response, content = http.request(ws + "logon/", "GET", body="<User></User>", headers={"content-type": "application/xml", "accept": accept})
  report["logon"] = content.decode()
  token = ""
else:
  token = "OAuth2xyz#%s::%s" % (user, bearer)

B, P = "bqJky99mlBWa-ZuqjC53mG6EzbmlxB", "_Part_1_701508.1145579811786"
def param(name, value, kind=""):
    return ("--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\nContent-Type: application/xml; charset=UTF-8\r\n"
            "Content-Transfer-Encoding: 8bit\r\nAccept-Language:en-us\r\n\r\n"
            "<AppParam><id>%s</id><value>%s</value><type>%s</type></AppParam>\r\n") % (P, name, name, value, kind)
body = ("--%s\r\nContent-Disposition: form-data; name=\"AppName\"\r\nContent-ID: <AppName>\r\n\r\ngeneric\r\n"
        "--%s\r\nContent-Disposition: form-data; name=\"data\"\r\nContent-Type: multipart/mixed; boundary=%s\r\n"
        "Accept-Language:en-us\r\nContent-ID: <data>\r\n\r\n" % (B, B, P)
        + param("JOB_NAME", "notebook") + param("COMMANDTORUN", "cat in.txt; sleep 1") + param("OUTPUT_FILE", "%J.output")
        + param("INPUT_FILE", "in.txt,upload", "file") + param("NOTIFY_ENABLE", "Y")
        + "--%s--\r\n\r\n--%s\r\nContent-Disposition: form-data; name=\"in.txt\"; filename=\"in.txt\"\r\n"
          "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nAccept-Language:en-us\r\n"
          "Content-ID: <in.txt>\r\n\r\nhello\n\r\n--%s--\r\n" % (P, B, B))
submitted = call("submitapp", "POST", body, token, "multipart/mixed; boundary=" + B, "text/xml,application/xml;")[1].decode()
job = re.search("<id>([0-9]+)</id>", submitted).group(1)

states = []
while not states or states[-1] not in ("Done", "Exit"):
    text = call("jobs?id=%s&user=&details=yes&past=" % job, token=token, content_type="application/xml")[1].decode()
    assert "note" not in text and "<errMsg>" not in text, text
    states.append(re.search("<status>(.*?)</status>", text).group(1))
    time.sleep(0.1)
report["states"] = sorted(set(states))

files = call("jobfiles/" + job, token=token)[1].decode()
report["files"] = sorted(entry.split("*")[1].rsplit("/", 1)[1] + " " + entry.split("*")[3] for entry in files.split(";") if entry)

# As pac's Python 2 edition takes a download apart.
status, content = call("file/" + job, body=job + ".output", token=token)
delimiter = content.split(b"\n")[1].strip()
section = [part for part in content.split(delimiter) if b"Content-ID:" in part][0]
report["download"] = section[section.index(b">") + 5:-2].decode()
report["missing"] = list(map(str, call("file/" + job, body="nothing", token=token)))

U = "4k89ogja023oh1-gkdfk903jf9wngmujfs95m"
upload = ("--%s\r\nContent-Disposition: form-data; name=\"DirName\"\r\nContent-ID: <DirName>\r\n\r\n%s\r\n"
          "--%s\r\nContent-Disposition: form-data; name=\"up.bin\"; filename=\"up.bin\"\r\nContent-Type: application/octet-stream\r\n"
          "Content-Transfer-Encoding: binary\r\nAccept-Language:en-us\r\nContent-ID: <up.bin>\r\n\r\n" % (U, directory, U)).encode()
upload += bytes(range(256)) * 4096 + ("\r\n--%s--\r\n" % U).encode()
report["upload"] = call("upfile/0", "POST", upload, token, "multipart/mixed; boundary=" + U, "text/plain;")[1].decode()

# The functions of pac that use the current generation.
report["version"] = http.request(base + "ws/version", headers={"Auth-User": user, "accept": "application/xml"})[1].decode()
response, content = ask(base + "ws/notifications/settings", token=token, content_type="plain/text", accept="application/xml")
report["settings"] = [response["status"], "<UserName>%s</UserName>" % user in content.decode()]
register = "<NotificationParams>\n<AppParam><id>NOTIFY_ENABLE</id><value>Y</value></AppParam>\n</NotificationParams>"
response, content = ask(base + "ws/notifications/register?workloadId=" + job, "POST", register, token, "application/xml", "application/xml")
report["register"] = [response["status"], "message" in content.decode()]
report["users"] = []
bob = '<user name="bob" email="b@x"><roles><role name="Normal" /></roles></user>'
for method, path, body in (("POST", "user", bob), ("PUT", "user", bob), ("DELETE", "user/bob", None), ("DELETE", "user/bob", None)):
    response, content = ask(base + "ws/" + path, method, body, token, "application/xml", "application/xml")
    report["users"].append([response["status"], content.decode()])
report["apps"] = call("appStatus", token=token, accept="application/xml")[1].decode()
report["params"] = call("appParams", body="generic", token=token, accept="application/xml")[1].decode()
report["command"] = call("userCmd", "POST", '<UserCmd><cmd>bkill "%s"</cmd></UserCmd>' % job, token, "application/xml", "text/xml")[1].decode()

report["action"] = call("jobOperation/kill/" + job, token=token, accept="application/xml")[1].decode()
report["logout"] = call("logout/", token=token)[1].decode()
report["afterwards"] = call("jobs?user=&details=&past=", token=token)[1].decode()
print(json.dumps(report))
`;

describe("Python's httplib2 goes the whole way of pac's Python 3 client", () => {
  let folder: string;
  let authority: TestCertificates;
  let issuer: TestIssuer;
  let client: { readonly key: string; readonly cert: string };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-httplib2-"));
    authority = await makeCertificates(folder);
    issuer = await makeIssuer(folder);
    const pair = await makeClientCertificate(folder, [["CN", userName]]);
    client = { key: join(folder, ".key.pem"), cert: join(folder, ".cert.pem") };
    await writeFile(client.key, pair.key, { mode: 0o600 });
    await writeFile(client.cert, pair.cert);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ["http and a password", "http", "password"],
    ["https with cacert.pem and a password", "https", "password"],
    ["https with a client certificate", "https", "certificate"],
    ["https with an OAuth2 token", "https", "bearer"],
  ] as const)(
    "over %s",
    async (_, scheme, way) => {
      await using fixture = await startFixture({
        users: {
          administrators: [userName],
          oauth2: { issuer: issuerName, audience, keys: issuer.keysFile },
        },
        ...(scheme === "https" && {
          tls: { cert: authority.cert, key: authority.key, clientCa: authority.caFile },
        }),
      });
      const directory = `${fixture.userDirectory}/httplib2`;
      // Debian's Python has the package; another one in front of the PATH may not.
      const { stdout } = await promisify(execFile)("/usr/bin/python3", [
        "-c",
        program,
        fixture.gateway.pacUrl,
        userName,
        password,
        directory,
        way,
        scheme === "https" ? authority.caFile : "",
        way === "certificate" ? client.key : "",
        way === "certificate" ? client.cert : "",
        await issuer.token({ sub: userName }),
      ]);
      const report = readReport(stdout);
      expect(report["ping"]).toBe(`Web Services are ready on URL:${fixture.gateway.pacUrl}`);
      expect([report["refused"], report["logon"]]).toEqual(logOns[way]);
      expect(report["states"]).toContain("Done");
      expect(report["files"]).toContain("in.txt 6");
      expect(report["download"]).toBe("hello\n");
      expect(report["missing"]).toEqual(["404", "b''"]);
      expect(report["upload"]).toBe(
        `The file ${directory}/up.bin (1048576 bytes) was uploaded successfully.`,
      );
      expect(report["version"]).toContain("<productName>scarf-tomo gateway</productName>");
      expect([report["settings"], report["register"]]).toEqual([
        ["200", true],
        ["200", true],
      ]);
      expect(report["users"]).toEqual([
        ["204", ""],
        ["204", ""],
        ["204", ""],
        ["403", expect.stringContaining("<error><message>There is no user")],
      ]);
      expect(report["apps"]).toContain("<appName>generic</appName><status>Published</status>");
      expect(report["params"]).toContain("<id>COMMANDTORUN</id>");
      expect(report["command"]).toContain("Job has already finished");
      expect(report["action"]).toContain("Job has already finished");
      expect(report["logout"]).toBe("ok");
      // A certificate can't be ended.
      expect(String(report["afterwards"]).includes("Your current login session was logout")).toBe(
        way !== "certificate",
      );
    },
    60_000,
  );
});

const logOns = {
  password: [expect.stringContaining("<errMsg>User name or password is wrong.</errMsg>"), undefined],
  certificate: [undefined, expect.stringContaining(`<User><name>${userName}</name></User>`)],
  bearer: [undefined, undefined],
};

function readReport(text: string): Readonly<Record<string, unknown>> {
  const report: unknown = JSON.parse(text);
  return typeof report === "object" && report !== null ? Object.fromEntries(Object.entries(report)) : {};
}
