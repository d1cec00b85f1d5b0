// Sbx.Policy from JScript: its own arrays and numbers, Enumerator, exceptions.

run("edits", function () {
    var policy = new ActiveXObject("Sbx.Policy"), before;
    policy.AddWrite(["C:\\a", "C:\\b", "c:/A"]);
    equal("a JScript array of paths is added, none twice", policy.Item("/files/write/3"), "C:\\b");
    equal("a text converts to itself", String(policy).substring(0, 1), "{");
    policy.Limit("seconds", 5);
    equal("a number arrives as a number", policy.Item("/limits/seconds"), 5);
    policy.SetJson("/network/allow/-", "{\"host\": \"a.example\", \"minutes\": 0.25}");
    equal("a part of a minute, too", policy.Item("/network/allow/0/minutes"), 0.25);
    policy.Require(["network", "process"], "advisory");
    equal("several domains are required at once", policy.Item("/require/process"), "advisory");
    before = policy.Json;
    raises("NaN is no limit", "E_ARGUMENT", "value", function () { policy.Limit("seconds", NaN); });
    raises("an object is no path", "E_POLICY_VALUE", "/files/write/4", function () { policy.AddWrite({}); });
    raises("undefined is no value", "E_ARGUMENT", "value", function () { policy.Limit("seconds", undefined); });
    raises("one bad path of several", "E_POLICY_VALUE", "relative", function () { policy.Deny(["C:\\x", "y"]); });
    equal("after all failures nothing has changed", policy.Json, before);
});

run("validation", function () {
    var policy = new ActiveXObject("Sbx.Policy"), seen = [];
    each(policy.Validate("{\n\"level\": 1,\n\"desktop\": \"\u00fc\", \"x\": 2}"), function (problem) {
        seen.push(problem.CodeText + " " + problem.Pointer + " " + problem.Line + ":" + problem.Column);
    });
    equal("an Enumerator goes over the problems", seen.join("; "),
        "E_POLICY_VALUE /level 2:10; E_POLICY_VALUE /desktop 3:12; E_POLICY_VALUE /x 3:17");
    equal("the code of a problem is the number of an error",
        policy.Validate("").Item(0).Code | 0, codeOf("E_POLICY_SYNTAX"));
});

run("session", function () {
    var session = new ActiveXObject("Sbx.Session"), policy = new ActiveXObject("Sbx.Policy");
    session.Workspace = newWorkspace("policyobject");
    policy.Parse(policyText());
    session.SetPolicy(policy);
    policy.Item("/environment/set/FROM_JSCRIPT") = "1";
    session.Provision();
    check("a session's policy is the object, edits included", session.Run([fixture, "env"]).StdOut.indexOf("FROM_JSCRIPT=1") >= 0,
        session.Query("policy"));
    equal("Query tells it as JSON", session.Query("policy"), policy.Json);
    session.Policy = "\ufeff" + policyText();
    check("a byte order mark before the brace is no path", session.Policy.Json.length > 2, session.Policy.Json);
    raises("an object from elsewhere is refused", "E_ARGUMENT", "object", function () { session.Policy = files; });
    session.Close();
});

finish();
