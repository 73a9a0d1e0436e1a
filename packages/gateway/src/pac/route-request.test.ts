import { describe, expect, it } from "vitest";
import { type Route, routeRequest } from "./route-request.js";
import { parseForm, parseQuery, parseRawQuery, splitTarget } from "./split-target.js";

function route(target: string, contextPath = "platform"): Route | undefined {
  return routeRequest(splitTarget(target), contextPath, ["local", "SCARF@STFC"]);
}

describe("addresses that clients use", () => {
  it.each([
    ["/platform/webservice/pacclient/ping/", "ping"],
    ["/platform/webservice/pacclient/ping", "ping"],
    ["/webservice/pacclient/logon/", "logon"],
    ["/platform/platform/webservice/pacclient/jobsforname/N", "jobsforname"],
    ["/platform/webservice/pacclient/jobs?user=", "jobs"],
    ["/platform/webservice/pacclient/jobs/", "jobs"],
    ["/platform/ws/pacclient/jobs", "jobs"],
    ["/platform/ws/jobs", "ws"],
    ["/ws/jobs/kill", "ws"],
    ["/SCARF@STFC/platform/ws/version", "ws"],
    ["//platform//webservice/pacclient/jobs", "jobs"],
    ["//cgi-bin/token.py?username=U&password=P", "token.py"],
    ["/cgi-bin/token.py", "token.py"],
    ["https://portal.scarf.rl.ac.uk:8443/platform/webservice/pacclient/jobs?x", "jobs"],
    ["/", ""],
  ])("%s", (target, operation) => {
    expect(route(target)?.operation).toBe(operation);
  });

  it("keeps brackets, decodes components after splitting", () => {
    expect(route("/platform/webservice/pacclient/jobOperation/kill/417666[3]")).toEqual({
      operation: "joboperation",
      rest: ["kill", "417666[3]"],
    });
    expect(route("/platform/webservice/pacclient/jobsforname/a%2Fb%20c")?.rest).toEqual(["a/b c"]);
  });

  it("finds a resource by its name in the path", () => {
    expect(route("/SCARF@STFC/platform/webservice/pacclient/jobs")?.resourceId).toBe("SCARF@STFC");
    expect(route("/SCARF%40STFC/cgi-bin/token.py")).toMatchObject({
      resourceId: "SCARF@STFC",
      operation: "token.py",
    });
    expect(route("/platform/webservice/pacclient/jobs")?.resourceId).toBeUndefined();
  });

  it("knows another context path, and nothing else", () => {
    expect(route("/ctx/webservice/pacclient/jobs", "ctx")?.operation).toBe("jobs");
    for (const target of ["/other/webservice/pacclient/jobs", "/platform", "/cgi-bin/token.py/x", "/x"]) {
      expect([target, route(target)]).toEqual([target, undefined]);
    }
  });

  it("reads queries as the clients write them", () => {
    expect(Object.fromEntries(parseQuery("+user=all&details=yes&past="))).toEqual({
      user: "all",
      details: "yes",
      past: "",
    });
    expect(parseQuery("id=417666[3]&id=5").get("id")).toBe("417666[3]");
    expect(parseQuery("password=a%26b%3dc+d").get("password")).toBe("a&b=c+d");
    expect(parseRawQuery("username=u&password=a%41+=b").get("password")).toBe("a%41+=b");
    expect(parseForm("username=u+v&password=a%2Bb").get("username")).toBe("u v");
    expect(parseForm("username=u+v&password=a%2Bb").get("password")).toBe("a+b");
  });
});
