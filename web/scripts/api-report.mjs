// Writes what each package exports as Markdown, from its built declarations: the reference in docs/, and what a reviewer sees
// change when the API does.
//
//   node scripts/api-report.mjs FOLDER
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const packages = ['client', 'react', 'element'];
const folder = process.argv[2];
const web = fileURLToPath(new URL('..', import.meta.url));

for (const name of packages) {
  const path = join(web, 'packages', name);
  await writeFile(
    join(folder, `${name}.md`),
    report(path, JSON.parse(await readFile(join(path, 'package.json'), 'utf8'))),
  );
}

function report(path, { name, description, exports }) {
  const entries = Object.entries(exports).flatMap(([as, { types }]) =>
    types && !as.endsWith('.css') ? [[as, join(path, types)]] : [],
  );
  const program = ts.createProgram(
    entries.map(([, file]) => file),
    {
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      skipLibCheck: true,
      types: [],
    },
  );
  const checker = program.getTypeChecker();
  const own = (declaration) => declaration.getSourceFile().fileName.startsWith(join(path, 'dist'));
  const resolved = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const [exported, inner] = [new Set(), new Set()];
  const sections = [];

  for (const [as, file] of entries) {
    const source = program.getSourceFile(file);
    const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).map(resolved);
    const fresh = symbols.filter((symbol) => !exported.has(symbol));
    const repeated = symbols.filter((symbol) => exported.has(symbol)).map((symbol) => `\`${symbol.name}\``);
    fresh.forEach((symbol) => exported.add(symbol));
    sections.push(`## ${name}${as.slice(1)}`, comment(source.statements[0], source));
    if (repeated.length > 0) sections.push(`Also exported here: ${repeated.join(', ')}.`);
    sections.push(...fresh.sort(byName).map(describe));
  }
  for (const symbol of exported) collect(symbol);
  if (inner.size > 0) sections.push('## Not exported, but part of what is', ...[...inner].sort(byName).map(describe));
  return `${[`# ${name}`, description.replaceAll('<', '\\<'), ...sections].filter(Boolean).join('\n\n')}\n`;

  /** Types of the package that a declaration names and the package does not export. */
  function collect(symbol) {
    for (const declaration of symbol.declarations.filter(own)) ts.forEachChild(declaration, visit);
    function visit(node) {
      if (isPrivate(node)) return;
      if (ts.isIdentifier(node)) {
        const found = checker.getSymbolAtLocation(node);
        const target = found && resolved(found);
        const top = target?.declarations?.[0];
        if (top && own(top) && isStatement(top) && !exported.has(target) && !inner.has(target)) {
          inner.add(target);
          collect(target);
        }
      }
      ts.forEachChild(node, visit);
    }
  }

  function describe(symbol) {
    const heading = `### ${symbol.name}`;
    const declarations = symbol.declarations.filter(own);
    if (declarations.length === 0) return `${heading}\n\nOf another package: see [there](${from(symbol)}.md).`;
    const statements = declarations.map((d) => (ts.isVariableDeclaration(d) ? d.parent.parent : d));
    const code = statements.map(declarationText).join('\n');
    return [heading, ...statements.map((s) => comment(s)), `\`\`\`ts\n${code}\n\`\`\``].filter(Boolean).join('\n\n');
  }
}

function from(symbol) {
  return packages.find((name) => symbol.declarations[0].getSourceFile().fileName.includes(`/packages/${name}/`));
}

function byName(a, b) {
  return a.name < b.name ? -1 : 1;
}

function isStatement(declaration) {
  return ts.isSourceFile(declaration.parent) || ts.isVariableDeclaration(declaration);
}

function isPrivate(node) {
  return (
    (node.name && ts.isPrivateIdentifier(node.name)) ||
    (ts.canHaveModifiers(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword))
  );
}

/** The declaration without what nobody outside sees. */
function declarationText(node) {
  let text = node.getText();
  const members = ts.isClassDeclaration(node) ? node.members.filter(isPrivate) : [];
  for (const member of members.toReversed()) {
    const [start, end] = [member.getFullStart() - node.getStart(), member.getEnd() - node.getStart()];
    text = text.slice(0, start) + text.slice(end);
  }
  return text.replace(/^export (declare )?/, '');
}

/** A doc comment as Markdown. */
function comment(node, source) {
  const blocks = source ? leadingBlocks(source) : ts.getJSDocCommentsAndTags(node).map((doc) => doc.getText());
  return blocks
    .map((block) =>
      block
        .replace(/^\/\*\*\s*|\s*\*\/$/g, '')
        .replace(/^\s*\* ?/gm, '')
        .replace(/\{@link ([^}]+)\}/g, '`$1`')
        .replace(/^@param (\w+)/gm, '- `$1`:'),
    )
    .join('\n\n');
}

/** What a file says of itself: the doc comment at its beginning. */
function leadingBlocks(source) {
  const text = source.getFullText();
  const first = (ts.getLeadingCommentRanges(text, 0) ?? []).find(({ pos }) => text.startsWith('/**', pos));
  return first ? [text.slice(first.pos, first.end)] : [];
}
