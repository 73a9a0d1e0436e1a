import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { password, startFixture, userName } from "./testing/gateway-fixture.js";

/** The calls of IBM's pac_api.py, with the library that it uses (Debian's python3-httplib2). */
const program = String.raw`
import httplib2, json, re, sys, time

base, user, password, directory = sys.argv[1:5]
ws = base + "webservice/pacclient/"
accept = "text/plain,application/xml,text/xml,multipart/mixed"
http = httplib2.Http()

def call(path, method="GET", body=None, token="", content_type="text/plain", accept=accept):
    headers = {"content-type": content_type, "cookie": "platform_token=" + token.replace('"', "#quote#"),
               "accept": accept, "accept-language": "en-us"}
    response, content = http.request(ws + path, method, body=body, headers=headers)
    assert response["status"] in ("200", "403", "404"), response
    return response["status"], content

report = {}
report["ping"] = call("ping/", body=base)[1].decode()
refused = call("logon/", body="<User><name>%s</name> <pass>wrong</pass> </User>" % user, content_type="application/xml")
report["refused"] = refused[1].decode()
logon = call("logon/", body="<User><name>%s</name> <pass>%s</pass> </User>" % (user, password), content_type="application/xml")[1].decode()
token = re.search("<token>(.*)</token>", logon).group(1)

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

report["action"] = call("jobOperation/kill/" + job, token=token, accept="application/xml")[1].decode()
report["logout"] = call("logout/", token=token)[1].decode()
report["afterwards"] = call("jobs?user=&details=&past=", token=token)[1].decode()
print(json.dumps(report))
`;

it("Python's httplib2 goes the whole way: log on, ping, submit, watch, list, fetch, upload, kill, log out", async () => {
  await using fixture = await startFixture();
  const directory = `${fixture.userDirectory}/httplib2`;
  // Debian's Python has the package; another one in front of the PATH may not.
  const { stdout } = await promisify(execFile)("/usr/bin/python3", [
    "-c",
    program,
    fixture.gateway.pacUrl,
    userName,
    password,
    directory,
  ]);
  const report = readReport(stdout);
  expect(report["ping"]).toBe(`Web Services are ready on URL:${fixture.gateway.pacUrl}`);
  expect(report["refused"]).toContain("<errMsg>User name or password is wrong.</errMsg>");
  expect(report["states"]).toContain("Done");
  expect(report["files"]).toContain("in.txt 6");
  expect(report["download"]).toBe("hello\n");
  expect(report["missing"]).toEqual(["404", "b''"]);
  expect(report["upload"]).toBe(`The file ${directory}/up.bin (1048576 bytes) was uploaded successfully.`);
  expect(report["action"]).toContain("Job has already finished");
  expect(report["logout"]).toBe("ok");
  expect(report["afterwards"]).toContain("Your current login session was logout");
}, 60_000);

function readReport(text: string): Readonly<Record<string, unknown>> {
  const report: unknown = JSON.parse(text);
  return typeof report === "object" && report !== null ? Object.fromEntries(Object.entries(report)) : {};
}
