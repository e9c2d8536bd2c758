import { expect, test } from 'vitest';
import { noticeMail } from '../../src/mail/notice-mail.ts';
import { pythonJson } from '../support/python.ts';

const PYTHON_READS = `
import email, email.policy, json, sys
mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
print(json.dumps({
  'subject': str(mail['subject']), 'to': str(mail['to']), 'auto': str(mail['auto-submitted']),
  'type': mail.get_content_type(), 'text': mail.get_content(),
  'defects': [str(d) for d in mail.defects],
}))`;

const HEAD = { from: 'box@a.example', to: 'it@a.example', messageId: '<alarm-1@a.example>', dateMs: 1_795_000_000_000 };

test('a subject of any length and letters is whole to another program, and so is the text', async () => {
  const subject = `Rohrpost Universitätsklinikum Überlingen: Störung „Ziel 𝒜rchiv“ ${'ä€😀 '.repeat(20)}Ende`;
  const text = `Grüße\n\n.\nFrom here\n${'x'.repeat(2_000)}\n`;
  const mail = noticeMail({ ...HEAD, subject, text });
  const lines = mail.toString('latin1').split('\r\n');
  expect(lines.filter((line) => line.length > 100 || /[^\x20-\x7e\t]/.test(line))).toEqual([]);
  const seen = await pythonJson<Record<string, unknown>>(PYTHON_READS, { input: mail });
  expect(seen).toEqual({
    ...{ subject, to: 'it@a.example', auto: 'auto-generated', type: 'text/plain', defects: [] },
    text: text.replaceAll('\n', '\r\n'),
  });
});

test('F38: an address with something behind it makes no mail', () => {
  for (const to of ['it@a.example, other@b.example', 'it@a.example\r\nBcc: other@b.example']) {
    expect(() => noticeMail({ ...HEAD, to, subject: 's', text: 't' })).toThrow();
  }
});

test('a line end in a subject adds no header', async () => {
  const mail = noticeMail({ ...HEAD, subject: 'a\r\nBcc: other@b.example', text: 't' });
  expect(mail.toString('latin1')).not.toMatch(/^Bcc/m);
});
