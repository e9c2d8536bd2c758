"""A foreign DICOM-e-mail site: GnuPG and Python's standard library, nothing of ours.

usage: stranger.py open GNUPGHOME MAIL OUTFOLDER          decrypts and takes apart one mail, prints what it says
       stranger.py send GNUPGHOME JOB.json                 seals and sends classic mails as the job says
       stranger.py receipt GNUPGHOME MAIL                  reads a signed RFC 8098 receipt
"""
import email, email.policy, hashlib, json, os, smtplib, ssl, subprocess, sys, tempfile
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart


def gpg(home, *args, data=None):
    command = ["gpg", "--homedir", home, "--batch", "--yes", "--no-tty", "--trust-model", "always", "--status-fd", "2", *args]
    done = subprocess.run(command, input=data, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise SystemExit(done.stderr.decode(errors="replace"))
    return done.stdout, done.stderr.decode(errors="replace")


def valid_signer(status):
    lines = [line.split() for line in status.splitlines() if "VALIDSIG" in line]
    return lines[0][-1] if len(lines) == 1 else None


def fields(message):
    return [message["X-TELEMEDICINE-SETID"], int(message["X-TELEMEDICINE-SETPART"]), int(message["X-TELEMEDICINE-SETTOTAL"])]


def open_mail(home, path, folder):
    with open(path, "rb") as file:
        outer = email.message_from_binary_file(file)
    assert outer.get_content_type() == "multipart/encrypted", outer.get_content_type()
    assert outer.get_param("protocol") == "application/pgp-encrypted"
    control, payload = outer.get_payload()
    assert control.get_content_type() == "application/pgp-encrypted" and control.get_payload().strip() == "Version: 1"
    plain, status = gpg(home, "--decrypt", data=payload.get_payload(decode=True))
    inner = email.message_from_bytes(plain)
    files = []
    for part in inner.walk():
        if part.is_multipart():
            continue
        name = os.path.join(folder, "%d" % len(os.listdir(folder)))
        with open(name, "wb") as file:
            file.write(part.get_payload(decode=True))
        files.append({"type": part.get_content_type(), "path": name})
    print(json.dumps({
        "subject": outer["Subject"], "to": outer["To"], "from": outer["From"], "messageId": outer["Message-ID"],
        "receiptTo": outer["Disposition-Notification-To"], "outer": fields(outer), "inner": fields(inner),
        "signer": valid_signer(status), "files": files}))


def classic_mail(home, job, item, number):
    inner = MIMEMultipart("mixed")
    set_fields = {"X-TELEMEDICINE-SETID": job["setId"], "X-TELEMEDICINE-SETPART": str(number),
                  "X-TELEMEDICINE-SETTOTAL": str(len(job["items"]))}
    for name, value in set_fields.items():
        inner[name] = value
    with open(item["path"], "rb") as file:
        content = file.read()
    kind = item["type"].split("/")[1]
    part = MIMEApplication(content, kind, name=os.path.basename(item["path"]))
    if item.get("studyUid"):
        part["X-TELEMEDICINE-STUDYID"] = item["studyUid"]
    inner.attach(part)
    plain = inner.as_bytes(policy=email.policy.SMTP)
    sealed, _ = gpg(home, "--armor", "--sign", "--encrypt", "--local-user", job["from"], "--recipient", job["to"], data=plain)

    outer = MIMEMultipart("encrypted", protocol="application/pgp-encrypted")
    outer["From"], outer["To"], outer["Subject"] = job["from"], job["to"], "DICOM-eMail"
    outer["Message-ID"] = "<%s.%d@%s>" % (job["setId"], number, job["from"].split("@")[1])
    outer["Date"] = email.utils.formatdate()
    outer["Disposition-Notification-To"] = job["from"]
    for name, value in set_fields.items():
        outer[name] = value
    control = EmailMessage()
    control["Content-Type"] = "application/pgp-encrypted"
    control.set_payload("Version: 1\n")
    payload = EmailMessage()
    payload["Content-Type"] = "application/octet-stream"
    payload.set_payload(sealed.decode())
    outer.attach(control)
    outer.attach(payload)
    return outer.as_bytes(policy=email.policy.SMTP)


def send(home, path):
    with open(path) as file:
        job = json.load(file)
    mails = {number: classic_mail(home, job, item, number) for number, item in enumerate(job["items"], 1)}
    context = ssl.create_default_context(cafile=job["ca"])
    for number in job["order"]:
        with smtplib.SMTP(job["host"], job["port"], timeout=30) as smtp:
            smtp.starttls(context=context)
            smtp.sendmail(job["from"], [job["to"]], mails[number])
    print(json.dumps({"sent": len(job["order"])}))


def receipt(home, path):
    with open(path, "rb") as file:
        raw = file.read()
    signed = email.message_from_bytes(raw)
    assert signed.get_content_type() == "multipart/signed" and signed.get_param("micalg") == "pgp-sha512"
    report, signature = signed.get_payload()
    # What was signed: the first part's bytes as they travelled (RFC 3156, section 5).
    boundary = b"--" + signed.get_boundary().encode()
    signed_bytes = raw.split(b"\r\n" + boundary + b"\r\n")[1]
    with tempfile.NamedTemporaryFile(suffix=".asc") as file:
        file.write(signature.get_payload(decode=True))
        file.flush()
        _, status = gpg(home, "--verify", file.name, "-", data=signed_bytes)
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "disposition-notification"
    human, machine = report.get_payload()[:2]
    assert human.get_content_type() == "text/plain"
    assert machine.get_content_type() == "message/disposition-notification"
    body = machine.get_payload()
    mdn = body[0] if isinstance(body, list) else email.message_from_string(body)
    print(json.dumps({"signer": valid_signer(status), "from": signed["From"], "fields": dict(mdn.items())}))


if __name__ == "__main__":
    {"open": open_mail, "send": send, "receipt": receipt}[sys.argv[1]](*sys.argv[2:])
