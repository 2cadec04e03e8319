import { describe, expect, test } from 'vitest';
import { GoMap, SafeHtml, sprintf, struct, TemplateError, TemplateSet } from './index.ts';

const labels = new GoMap([['host', 'alpha'], ['zone', 'b']], { goType: 'template.Labels', zero: '' });
const data = struct('*Data', { Labels: labels, Alerts: [struct('Alert', { Status: 'firing' }), struct('Alert', { Status: 'resolved' })], Value: 22.5, Count: 3n, Nothing: null, Firing: () => ['a'] });

const render = (text: string, options = {}) => new TemplateSet(options).expand(text, data);

describe('what templates say', () => {
  test.each([
    ['plain', 'plain'],
    ['{{ .Labels.host }} is {{ .Value }}', 'alpha is 22.5'],
    ['{{- /* gone */ -}} x', 'x'],
    ['a {{- 1 -}} b', 'a1b'],
    ['{{ if .Nothing }}yes{{ else if eq .Labels.zone "b" }}b{{ else }}no{{ end }}', 'b'],
    ['{{ range $i, $a := .Alerts }}{{ $i }}:{{ $a.Status }} {{ end }}', '0:firing 1:resolved '],
    ['{{ range $k, $v := .Labels }}{{ $k }}={{ $v }};{{ end }}', 'host=alpha;zone=b;'],
    ['{{ range .Nothing }}x{{ else }}none{{ end }}', 'none'],
    ['{{ range 3 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ end }}', '02'],
    ['{{ range .Alerts }}{{ .Status }}{{ break }}{{ end }}', 'firing'],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
    ['{{ with .Labels }}{{ .zone }}{{ $.Count }}{{ end }}', 'b3'],
    ['{{ len .Alerts }} {{ index .Labels "host" }} {{ index .Alerts 1 | printf "%T" }}', '2 alpha Alert'],
    ['{{ .Firing }} {{ .Labels }}', '[a] map[host:alpha zone:b]'],
    ['{{ printf "%05.1f|%-4s|%d|%q|%e" .Value "ab" .Count "q\\"" 1234.5 }}', '022.5|ab  |3|"q\\""|1.234500e+03'],
    ['{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" .Labels.host }}', '<alpha>'],
    ['{{ block "b" .Count }}({{ . }}){{ end }}', '(3)'],
    ['{{ and 1 0 }} {{ or "" "x" }} {{ not true }} {{ lt 1 2 }} {{ ge 2.5 2.5 }}', '0 x false true true'],
    ['{{ (index .Alerts 0).Status }}{{ "raw" | len }}', 'firing3'],
    ['{{ slice "abcdef" 1 3 }}{{ html "<a>" }}{{ urlquery "a b&c" }}', 'bc&lt;a&gt;a+b%26c'],
    ['{{ .Labels.nope }}|{{ `raw` }}|{{ \'a\' }}|{{ 1e3 }}|{{ 0x10 }}', '<no value>|raw|97|1000|16'],
    ['{{ eq 1 2 1 }} {{ println "a" 1 }}', 'true a 1\n'],
  ])('%s', (text, want) => expect(render(text)).toBe(want));

  test('a missing member is its type’s zero value where that is asked for', () => {
    expect(render('[{{ .Labels.nope }}]', { missingKey: 'zero' })).toBe('[]');
  });

  test('HTML output is escaped unless it is known to be safe', () => {
    const set = new TemplateSet({ html: true, functions: { safe: (s: string) => new SafeHtml(s) } });
    expect(set.expand('<p>{{ . }} {{ safe "<b>" }}</p>', '<i>')).toBe('<p>&lt;i&gt; <b></p>');
  });

  test('later definitions win, and functions in namespaces are called', () => {
    const set = new TemplateSet({ functions: { coll: () => struct('coll', { Pair: (a: string, b: string) => `${a}${b}` }) } });
    set.add('one', '{{ define "title" }}old{{ end }}');
    set.add('two', '{{ define "title" }}{{ coll.Pair "n" "ew" }}{{ end }}');
    expect(set.expand('{{ template "title" }}', null)).toBe('new');
  });
});

describe('what templates are refused for', () => {
  test.each([
    ['{{ define "a" }}', 'template: t:1: unexpected EOF'],
    ['{{ fly }}', 'template: t:1: function "fly" not defined'],
    ['x\n{{ end }}', 'template: t:2: unexpected {{end}}'],
    ['{{ .A', 'template: t:1: unclosed action'],
    ['{{ $x }}', 'template: t:1: undefined variable "$x"'],
    ['{{ "a }}', 'template: t:1: unterminated quoted string'],
    ['{{ break }}', 'template: t:1: {{break}} outside {{range}}'],
    ['{{ }}', 'template: t:1: missing value for command'],
    ['{{ .Foo.Bar }}', 'template: t:1:7: executing "t" at <.Foo.Bar>: can\'t evaluate field Foo in type *Data'],
    ['{{ template "none" . }}', 'template: t:1:12: executing "t" at <{{template "none" .}}>: template "none" not defined'],
    ['{{ index .Alerts 7 }}', 'template: t:1:3: executing "t" at <index .Alerts 7>: error calling index: index out of range: 7'],
    ['{{ .constructor }}', 'template: t:1:3: executing "t" at <.constructor>: can\'t evaluate field constructor in type *Data'],
  ])('%s', (text, want) => {
    expect(() => new TemplateSet().expand(text, data, 't')).toThrow(new TemplateError(want));
  });

  test('endless recursion, loops and output end', () => {
    const set = new TemplateSet({ outputBytesMax: 1000 });
    set.add('loop', '{{ define "loop" }}{{ template "loop" . }}{{ end }}');
    expect(() => set.run('loop', null)).toThrow(/maximum template depth/);
    expect(() => set.expand('{{ range 100000000 }}{{ end }}', null)).toThrow(/too many steps/);
    expect(() => set.expand('{{ range 1000 }}xx{{ end }}', null)).toThrow('template output exceeds maximum size');
  });
});

test('printf with too few and too many arguments says so, as Go does', () => {
  expect(sprintf('%d', ['x'])).toBe('%!d(string=x)');
  expect(sprintf('%s %s', ['a'])).toBe('a %!s(MISSING)');
  expect(sprintf('a', [1n])).toBe('a%!(EXTRA int=1)');
});
