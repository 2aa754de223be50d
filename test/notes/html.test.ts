import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeHtml, htmlOfText, isBlankHtml, safeHtml, textOfHtml } from '../../src/notes/html.ts';
import { htmlOfMarkdown } from '../../src/notes/markdown.ts';

test('hostile HTML comes out harmless', () => {
  const table: [hostile: string, harmless: string][] = [
    ['<script>alert(1)</script>after', 'after'],
    ['<b onclick="alert(1)">x</b>', '<b>x</b>'],
    ['<img src=x onerror=alert(1)>', '<img src="x" />'],
    ['<a href="javascript:alert(1)">x</a>', '<a>x</a>'],
    ['<a href="jAvA&#x09;script:alert(1)">x</a>', '<a>x</a>'],
    ['<a href="data:text/html,<script>alert(1)</script>">x</a>', '<a>x</a>'],
    ['<a href="vbscript:x">x</a>', '<a>x</a>'],
    ['<svg onload=alert(1)><script>alert(1)</script></svg>x', 'x'],
    ['<math><mtext><script>alert(1)</script></mtext></math>x', 'x'],
    ['<style>@import url(//evil.example)</style>x', 'x'],
    ['<p style="background:url(//evil.example/x)">x</p>', '<p>x</p>'],
    ['<p style="position:fixed;top:0;color:red">x</p>', '<p style="color:red">x</p>'],
    ['<p style="color:expression(alert(1))">x</p>', '<p>x</p>'],
    ['<link rel=stylesheet href=//evil.example>x', 'x'],
    ['<meta http-equiv=refresh content="0;url=//evil.example">x', 'x'],
    ['<base href="//evil.example">x', 'x'],
    ['<form action="//evil.example"><input name=password><button>Go</button></form>', 'Go'],
    ['<iframe src="//evil.example">y</iframe>x', 'x'],
    ['<object data="x"></object><embed src="x">x', 'x'],
    ['<img src="https://evil.example/pixel.gif">', '<img />'],
    ['<img src="//evil.example/pixel.gif">', '<img />'],
    ['<img srcset="//evil.example/a 1x" src="/m/a.png" alt="A">', '<img src="/m/a.png" alt="A" />'],
    ['<span class="cloze header" id="root" data-x="1">x</span>', '<span class="cloze">x</span>'],
    ['<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>x', ''],
    ['<!--<img src=x onerror=alert(1)>-->x', 'x'],
    ['<scr<script>ipt>alert(1)</script>x', 'ipt&gt;alert(1)x'],
    ['<video src=x onerror=alert(1)></video>x', 'x'],
    ['<template><script>alert(1)</script></template>x', 'x'],
  ];
  for (const [hostile, harmless] of table) {
    const made = safeHtml(hostile);
    assert.doesNotMatch(
      made,
      /<script|\son\w+=|javascript:|evil\.example|<svg|<math|<style|<form|<iframe|<meta|<link|<base/i,
      hostile,
    );
    if (harmless !== '' || made === '') assert.equal(made, harmless, hostile);
  }
});

const piece = fc.constantFrom(
  ...[
    '<b>',
    '</b>',
    '<script>',
    '</script>',
    '<img src=x onerror=a>',
    '<svg>',
    '</svg>',
    '<a href="javascript:x">',
    '<style>',
    '</style>',
  ],
  ...[
    '<p style="color:red">',
    '"',
    "'",
    '>',
    '<',
    '&',
    '&lt;',
    '&#60;',
    '<!--',
    '-->',
    '<br>',
    '</div>',
    'text',
    ' ',
    '\n',
    '<math>',
  ],
  ...['<noscript>', '<textarea>', '</textarea>', '<title>', '<li>', '`', '=', '/', '<details class="hint">', '<![CDATA[', ']]>'],
);
const wild = fc.oneof(
  fc.array(piece, { maxLength: 30 }).map((parts) => parts.join('')),
  fc.string(),
);

test('whatever comes, nothing of script is left, sanitising again changes nothing, and its text can be read', () => {
  fc.assert(
    fc.property(wild, (html) => {
      const once = safeHtml(html);
      assert.equal(safeHtml(once), once);
      assert.doesNotMatch(once, /<(script|style|svg|math|iframe|noscript|textarea|title)\b/i);
      assert.doesNotMatch(once, /<[^>]*\son\w+\s*=/i);
      assert.doesNotMatch(once, /<[^>]*javascript:/i);
      textOfHtml(once);
      const ofMarkdown = htmlOfMarkdown(html);
      assert.equal(safeHtml(ofMarkdown), ofMarkdown);
      assert.doesNotMatch(ofMarkdown, /<(script|style|svg|math|iframe)\b|<[^>]*\son\w+\s*=/i);
    }),
  );
});

test('plain text as HTML reads the same again', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const plain = text.replaceAll(/\s+/g, ' ').trim();
      assert.equal(textOfHtml(safeHtml(htmlOfText(plain))), plain);
    }),
  );
  assert.equal(textOfHtml(htmlOfText('a < b\n"c" & d')), 'a < b\n"c" & d');
  assert.equal(escapeHtml(`<a href="x">&`), '&lt;a href=&quot;x&quot;&gt;&amp;');
});

test('the text of HTML has its lines, items and images; what a hint hides is not in it', () => {
  const table: [html: string, text: string][] = [
    ['<div>a</div><div>b<br>c</div>', 'a\nb\nc'],
    ['<ul><li>one</li><li>two</li></ul>', '- one\n- two'],
    ['x <img src="/m/1" alt="A map"> y <img src="/m/2">', 'x [A map] y [image]'],
    ['q<details class="hint"><summary>Hint</summary>secret</details>', 'q\nHint'],
    ['a&nbsp;&amp;&nbsp;b &lt;i&gt;', 'a\u00a0&\u00a0b <i>'],
    ['<table><tr><td>a</td><td>b</td></tr></table>', 'a b'],
  ];
  for (const [html, text] of table) assert.equal(textOfHtml(html), text, html);
  for (const blank of ['', ' ', '<br>', '<p>&nbsp;</p>', '<div></div>']) assert.ok(isBlankHtml(blank), blank);
  for (const filled of ['a', '<img src="/m/1" />', '<p>0</p>']) assert.ok(!isBlankHtml(filled), filled);
});

test('Markdown: structure, gaps, formulas and links; HTML inside of it is sanitised', () => {
  const table: [source: string, html: string][] = [
    ['**a** and *b*', '<p><strong>a</strong> and <em>b</em></p>'],
    ['a\nb', '<p>a<br>b</p>'],
    ['{{c1::**a** b}}', '<p>{{c1::<strong>a</strong> b}}</p>'],
    ['{{c1::https://law.edu}}', '<p>{{c1::https://law.edu}}</p>'],
    ['[x](https://law.edu)', '<p><a href="https://law.edu">x</a></p>'],
    ['[x](javascript:alert(1))', '<p><a>x</a></p>'],
    ['\\(a_1 < b_2\\)', '<p>\\(a_1 &lt; b_2\\)</p>'],
    ['x <script>alert(1)</script> y', '<p>x  y</p>'],
  ];
  for (const [source, html] of table) assert.equal(htmlOfMarkdown(source), html, source);
});
