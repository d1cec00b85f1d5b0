// prelude.js - run.sh puts this in front of every JScript test; see prelude.vbs. JScript is ECMAScript 3.
var suite, verdicts = 0, requirement;
var files = new ActiveXObject("Scripting.FileSystemObject");
var shell = new ActiveXObject("WScript.Shell");
var fixture = files.GetParentFolderName(files.GetParentFolderName(WScript.ScriptFullName)) + "\\programs\\fixture.exe";
var folder = shell.ExpandEnvironmentStrings("%TEMP%").replace(/\u0000/g, "") + "\\sbx-" + files.GetBaseName(files.GetTempName());
suite = files.GetBaseName(WScript.ScriptFullName);
files.CreateFolder(folder);

var words = ["E_POLICY_SYNTAX", "E_POLICY_VALUE", "E_POLICY_CONFLICT", "E_WORKSPACE_REFUSED", "E_PATH_NOT_FOUND",
    "E_NOT_PROVISIONED", "E_BELOW_REQUIREMENT", "E_NOT_ENFORCED", "E_SETUP_DECLINED", "E_SETUP_FAILED", "E_SETUP_CALLER",
    "E_ACCOUNT_DRIFT", "E_CREDENTIAL", "E_LOGON_DENIED", "E_FIREWALL_INEFFECTIVE", "E_RUNNER_LOST", "E_RUNNER_PROTOCOL",
    "E_COMMAND_NOT_FOUND", "E_COMMAND_UNSAFE_ARGUMENT", "E_LIMIT", "E_TIMEOUT", "E_CANCELLED", "E_STATE", "E_CLOSED",
    "E_JOURNAL", "E_UNSUPPORTED_HOST", "E_ARGUMENT", "E_SYSTEM", "E_NOT_BUILT"];

function verdict(word, name, why) {
    verdicts++;
    WScript.Echo(word + " " + suite + "/" + name + (why ? ": " + String(why).replace(/[\r\n]+/g, " ") : ""));
}

function check(name, holds, seen) {
    verdict(holds ? "PASS" : "FAIL", name, holds ? "" : "seen: " + seen);
}

function equal(name, seen, expected) {
    check(name, seen === expected, seen + " (" + typeof seen + ") instead of " + expected);
}

// The number of an error code, as JScript's Error.number has it: signed.
function codeOf(word) {
    for (var i = 0; i < words.length; i++)
        if (words[i] == word)
            return (0x80040A01 + i) | 0;
    return 0;
}

function raises(name, word, says, action) {
    var error = null;
    try {
        action();
    } catch (caught) {
        error = caught;
    }
    if (!error)
        verdict("FAIL", name, "no error");
    else if ((error.number | 0) != codeOf(word))
        verdict("FAIL", name, (error.number >>> 0).toString(16) + " instead of " + word + ": " + error.description);
    else if (error.description.indexOf(word + ": ") != 0 || error.description.toLowerCase().indexOf(says.toLowerCase()) < 0)
        verdict("FAIL", name, "the text is: " + error.description);
    else
        verdict("PASS", name);
}

function run(test, body) {
    try {
        body();
    } catch (error) {
        verdict("FAIL", test + " runs to its end", "error " + (error.number >>> 0).toString(16) + ": " + error.description);
    }
}

function finish() {
    try {
        files.DeleteFolder(folder, true);
    } catch (error) {
    }
    WScript.Echo("DONE " + verdicts);
    WScript.Quit(7);
}

function newWorkspace(name) {
    files.CreateFolder(folder + "\\" + name);
    return folder + "\\" + name;
}

// The requirements that this host meets: printed by the refusal of the strict default.
function hostRequirement() {
    if (requirement)
        return requirement;
    requirement = "\"require\": {}";
    var session = new ActiveXObject("Sbx.Session");
    session.Workspace = newWorkspace("requirement");
    try {
        session.Provision();
    } catch (error) {
        var text = error.description;
        requirement = "\"require\": " + text.substring(text.lastIndexOf("{"), text.lastIndexOf("}") + 1);
    }
    session.Close();
    return requirement;
}

function policyText(more) {
    return "{ \"version\": 1, " + hostRequirement() + (more ? ", " + more.replace(/'/g, "\"") : "") + " }";
}

function openSession(name, more) {
    var session = new ActiveXObject("Sbx.Session");
    session.Workspace = newWorkspace(name);
    session.Policy = policyText(more);
    session.Provision();
    return session;
}

function each(collection, visit) {
    for (var e = new Enumerator(collection); !e.atEnd(); e.moveNext())
        visit(e.item());
}
