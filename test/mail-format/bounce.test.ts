import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseBounce } from '../../src/mail/bounce.ts';
import { classifyMail } from '../../src/mail/classify.ts';
import { crlf, fails, tempFolder } from './helpers.ts';

async function bounceOf(status: string[], original: string[] | null): Promise<string> {
  const path = join(await tempFolder(), 'bounce.eml');
  const head = [
    'Return-Path: <>',
    'From: MAILER-DAEMON@mx.example (Mail Delivery System)',
    'To: a@a.example',
    'MIME-Version: 1.0',
  ];
  const report = ['Content-Type: multipart/report; report-type=delivery-status;', '\tboundary="ABC/mx.example"', ''];
  const words = ['--ABC/mx.example', 'Content-Type: text/plain; charset=us-ascii', '', 'I am sorry.', ''];
  const part = ['--ABC/mx.example', 'Content-Type: message/delivery-status', '', ...status, ''];
  await writeFile(path, crlf(...head, ...report, ...words, ...part, ...(original ?? []), '--ABC/mx.example--'));
  return path;
}

const POSTFIX_STATUS = [
  'Reporting-MTA: dns; mx.example',
  'X-Postfix-Queue-ID: 4A',
  'Arrival-Date: Mon,  2 Feb 2026 10:00:00 +0100 (CET)',
  '',
];
const ORIGINAL = [
  '--ABC/mx.example',
  'Content-Type: text/rfc822-headers',
  '',
  'From: a@a.example',
  'Message-ID:',
  ' <x@a.example>',
  'Subject: DICOM-eMail',
  '',
];

describe('bounces', () => {
  test('F39: a failure as Postfix reports it', async () => {
    const path = await bounceOf(
      [
        ...POSTFIX_STATUS,
        'Final-Recipient: rfc822; b@b.example',
        'Original-Recipient: rfc822;b@b.example',
        'Action: failed',
        'Status: 5.1.1',
        'Remote-MTA: dns; b.example',
        'Diagnostic-Code: smtp; 550 5.1.1 <b@b.example>: Recipient address rejected:',
        '    User unknown',
      ],
      ORIGINAL,
    );
    expect((await classifyMail(path)).kind).toBe('bounce');
    expect(await parseBounce(path)).toEqual([
      {
        originalMessageId: '<x@a.example>',
        recipient: 'b@b.example',
        action: 'failed',
        status: '5.1.1',
        diagnostic: 'smtp; 550 5.1.1 <b@b.example>: Recipient address rejected:    User unknown',
      },
    ]);
  });

  test('F39: success and delay are told apart from failure; several recipients each have their own', async () => {
    const group = (action: string, status: string) => [
      `Final-Recipient: rfc822;b@b.example`,
      `Action: ${action}`,
      `Status: ${status}`,
      '',
    ];
    const status = [
      ...POSTFIX_STATUS,
      ...group('delivered', '2.0.0'),
      ...group('Delayed (x)', '4.4.1 (y)'),
      ...group('relayed', '2.1.9'),
    ];
    const bounces = await parseBounce(await bounceOf(status, ORIGINAL));
    expect(bounces.map(({ action, status }) => `${action} ${status}`)).toEqual([
      'delivered 2.0.0',
      'delayed 4.4.1',
      'relayed 2.1.9',
    ]);
  });

  test('F39: with the whole mail behind it, however large, or without any', async () => {
    const failed = [...POSTFIX_STATUS, 'Final-Recipient: rfc822;b@b.example', 'Action: failed', 'Status: 5.3.4'];
    const whole = [
      '--ABC/mx.example',
      'Content-Type: message/rfc822',
      '',
      ...ORIGINAL.slice(3),
      'x'.repeat(2_000_000),
      '--inner--',
    ];
    expect((await parseBounce(await bounceOf(failed, whole)))[0]!.originalMessageId).toBe('<x@a.example>');
    expect((await parseBounce(await bounceOf(failed, null)))[0]).toMatchObject({
      originalMessageId: null,
      status: '5.3.4',
    });
    const bodyOnly = [
      '--ABC/mx.example',
      'Content-Type: message/rfc822',
      '',
      'From: a@a.example',
      '',
      'Message-ID: <evil@a.example>',
    ];
    expect((await parseBounce(await bounceOf(failed, bodyOnly)))[0]!.originalMessageId).toBeNull();
  });

  test('F39: reports that say nothing are refused', async () => {
    await fails(bounceOf(POSTFIX_STATUS, null).then(parseBounce), 'mail-bounce-malformed');
    await fails(bounceOf([...POSTFIX_STATUS, 'Action: lost'], null).then(parseBounce), 'mail-bounce-malformed');
    await fails(bounceOf(['x'.repeat(300_000)], null).then(parseBounce), 'mail-too-large');
  });
});
