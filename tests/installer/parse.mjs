// parse.mjs FILE... - reads PowerShell scripts by the grammar of Windows PowerShell 5.1 and prints what it does not allow:
// mistakes, what only PowerShell 7 knows, and aliases. Wants web-tree-sitter and tree-sitter-powershell, in the folder
// that NODE_FOLDER names.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(join(process.env.NODE_FOLDER, 'package.json'));
const { Parser, Language } = require('web-tree-sitter');
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(
    join(dirname(require.resolve('tree-sitter-powershell/package.json')), 'tree-sitter-powershell.wasm')));

let bad = false;
function complain(file, node, text) {
    console.log(`${file}:${node.startPosition.row + 1}: ${text}: ${node.text.split('\n')[0].slice(0, 80)}`);
    bad = true;
}

function check(file, node, own) {
    if (node.type === 'ERROR' || node.isMissing)
        complain(file, node, 'not understood');
    else if (node.type === '&&' || node.type === '||')
        complain(file, node, 'PowerShell 7 only');
    else if (node.type === 'command_name' && !node.text.includes('-') && !own.has(node.text))
        complain(file, node, 'an alias or a program without its path');
    for (const child of node.children)
        check(file, child, own);
}

for (const file of process.argv.slice(2)) {
    const text = readFileSync(file, 'latin1');
    if (/[^\x00-\x7f]/.test(text)) {
        console.log(`${file}: not ASCII`);
        bad = true;
    }
    const own = new Set([...text.matchAll(/^\s*function\s+(\w+)/gm)].map(match => match[1]));
    check(file, parser.parse(text).rootNode, own);
}
process.exit(bad ? 1 : 0);
