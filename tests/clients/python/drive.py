"""A whole alert, by the generated client: she signs in, chooses a contact and presses; the contact answers; an operator
works the record; she closes. The test that started this stands in for the phones: one line on stdout asks for a text
message or a push, one line on stdin brings it."""

import base64
import datetime
import hashlib
import hmac
import json
import re
import struct
import sys
import time
import uuid
from urllib.parse import parse_qs, urlsplit

from ampara_client import AuthenticatedClient, Client
from ampara_client.api.contact import (
    answer_alert,
    answer_invitation,
    confirm_receipt,
    get_invitation,
    get_watched_alert,
)
from ampara_client.api.devices import set_push_token
from ampara_client.api.escalations import (
    claim_escalation,
    close_escalation,
    dispatch_unit,
    get_escalation,
    list_escalations,
)
from ampara_client.api.me import set_pin
from ampara_client.api.operators import sign_in_operator
from ampara_client.api.sessions import step_up
from ampara_client.api.she import (
    add_locations,
    close_alert,
    escalate_alert,
    get_alert,
    invite_contact,
    raise_alert,
)
from ampara_client.api.sign_in import request_sign_in_code, verify_sign_in_code
from ampara_client.models import (
    AnswerBody,
    CloseBody,
    FixBody,
    FixesBody,
    InvitationAnswer,
    NewContact,
    NewDevice,
    NewPin,
    OperatorSignIn,
    PinBody,
    Platform,
    PressBody,
    Proof,
    Provider,
    PushData,
    PushToken,
    ReceiptBody,
    SignIn,
    StepBody,
    Verify,
)


def ask(what, to):
    print(json.dumps({"ask": what, "to": to}), flush=True)
    return sys.stdin.readline()


def good(response):
    """What came, if it was a 2xx."""
    assert 200 <= response.status_code < 300, (response.status_code, response.content)
    return response.parsed


def totp(otpauth):
    """RFC 6238 with SHA-1, six digits and 30 s."""
    letters = parse_qs(urlsplit(otpauth).query)["secret"][0]
    secret = base64.b32decode(letters + "=" * (-len(letters) % 8))
    mac = hmac.new(secret, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    number = struct.unpack(">I", mac[mac[19] & 15 :][:4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def signs_in(phone):
    anyone = Client(base_url=AT["base"])
    municipality = AT["municipality"]
    good(request_sign_in_code.sync_detailed(client=anyone, body=SignIn(phone=phone, municipality=municipality)))
    code = re.search(r"\d{6}", ask("sms", phone))[0]
    body = Verify(
        phone=phone,
        code=code,
        municipality=municipality,
        privacy_notice=AT["notice"],
        device=NewDevice(platform=Platform.ANDROID, label="Moto"),
    )
    return good(verify_sign_in_code.sync_detailed(client=anyone, body=body))


def enters(operator):
    """An operator's session: a client with its cookie, and what a change must carry."""
    credentials = OperatorSignIn(
        name=operator["name"], password=operator["password"], totp=totp(operator["otpauth"])
    )
    entered = sign_in_operator.sync_detailed(client=Client(base_url=AT["base"]), body=credentials)
    cookie = re.search(r"ampara_operator=([^;]+)", entered.headers["set-cookie"])[1]
    return Client(base_url=AT["base"], cookies={"ampara_operator": cookie}), good(entered).csrf_token


def bearer(token):
    return AuthenticatedClient(base_url=AT["base"], token=token)


AT = json.loads(sys.stdin.readline())
HERS, THEIRS, TOKEN = "+526144100031", "+526144100032", "token-of-a-contact"

she = signs_in(HERS)
settings = bearer(she.access)
good(set_pin.sync_detailed(client=settings, body=NewPin(pin="4821")))
good(step_up.sync_detailed(client=settings, body=Proof(pin="4821")))
good(invite_contact.sync_detailed(client=settings, body=NewContact(name="Lupita", phone=THEIRS)))
code = re.search(r"/i/([\w-]{43})", ask("sms", THEIRS))[1]

they = signs_in(THEIRS)
contact = bearer(they.access)
push_token = PushToken(platform=Platform.ANDROID, app_id=AT["app"], provider=Provider.FCM, token=TOKEN)
good(set_push_token.sync_detailed(they.device, client=contact, body=push_token))
good(get_invitation.sync_detailed(code, client=contact))
yes = InvitationAnswer(accept=True, alias="Tu vecina", drills=True)
good(answer_invitation.sync_detailed(code, client=contact, body=yes))

button = bearer(she.alert_token)
alert = uuid.uuid4()
now = datetime.datetime.now(datetime.timezone.utc)
fix = FixBody(seq=0, at=now, lat=28.6353, lon=-106.0889, accuracy_m=18)
pressed = good(raise_alert.sync_detailed(alert, client=button, body=PressBody(battery=0.6, location=fix)))
assert (pressed.state, pressed.total) == ("open", 1), pressed
good(escalate_alert.sync_detailed(alert, client=button))

push = PushData.from_dict(json.loads(ask("push", TOKEN)))
assert push.kind == "alarm", push
good(confirm_receipt.sync_detailed(push.notification, client=contact, body=ReceiptBody()))
seen = good(get_watched_alert.sync_detailed(push.watching, client=contact))
assert seen.place.lat == 28.6353, seen
good(answer_alert.sync_detailed(push.watching, client=contact, body=AnswerBody(answer="on_my_way")))
moved = FixesBody(fixes=[FixBody(seq=1, at=now, lat=28.6354, lon=-106.0889)])
good(add_locations.sync_detailed(alert, client=button, body=moved))
answered = good(get_alert.sync_detailed(alert, client=button))
assert answered.contacts[0].answer == "on_my_way", answered

desk, csrf = enters(AT["operators"][0])
record = good(list_escalations.sync_detailed(client=desk)).items[0].id
opened = good(claim_escalation.sync_detailed(record, client=desk, x_csrf_token=csrf))
assert opened.her.phone == HERS, opened
assert good(get_escalation.sync_detailed(record, client=desk)).her.phone == HERS
note = StepBody(note="Unidad 12")
good(dispatch_unit.sync_detailed(record, client=desk, x_csrf_token=csrf, body=note))
assert good(get_alert.sync_detailed(alert, client=button)).nine11 == "unit_sent"

closed = good(close_alert.sync_detailed(alert, client=button, body=PinBody(pin="4821")))
assert closed.state == "closed", closed
done = close_escalation.sync_detailed(
    record, client=desk, x_csrf_token=csrf, body=CloseBody(disposition="attended")
)
# A second person must agree: until then the close is proposed.
assert not good(done).closed, done
proposed = good(get_escalation.sync_detailed(record, client=desk))
assert proposed.record.close_proposed == "attended", proposed
second, its_csrf = enters(AT["operators"][1])
agreed = close_escalation.sync_detailed(
    record, client=second, x_csrf_token=its_csrf, body=CloseBody(disposition="attended")
)
assert good(agreed).closed, agreed
print(json.dumps({"done": True}), flush=True)
