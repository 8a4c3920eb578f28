"""Under which names GHL, and the people who set up its workflows, send what we want to know.

Names are compared without case and separators, and nesting counts as part of the name: `call_status`, `callStatus`,
`call.status` and `Call Status` are all "callstatus"; "phonecall", as in the merge field `{{phone_call.status}}`, counts
as "call". Sources: captured and documented deliveries (highlevel-api-docs; GHL's help articles 155000003299 and
48001238167), and the spellings that public integrations read; the names inside customData are whatever was typed.
"""

from collections.abc import Mapping

# Earlier names win over later ones, and what was typed for us (customData) wins over what GHL adds by itself.
LOCATION_ID = ("locationid", "ghllocationid", "subaccountid")
MESSAGE_ID = ("messageid", "callmessageid", "messagemessageid", "ghlmessageid")
CALL_ID = ("callid", "ghlcallid", "externalcallid")  # the message's id too, in most workflows; or else the carrier's
CONTACT_ID = ("contactid", "ghlcontactid")
CONVERSATION_ID = ("conversationid", "ghlconversationid")
ALT_ID = ("altid", "callaltid", "callsid")

TYPE = ("type", "event", "eventtype", "eventname")
MESSAGE_TYPE = ("messagetype", "messagetypestring", "messagetypeid", "messagemessagetype")
SOURCE = ("source", "webhooksource", "eventsource", "callsource")

CALL_STATUS = ("callstatus", "callcallstatus")
STATUS = ("status", "messagestatus")
DIRECTION = ("direction", "calldirection", "messagedirection")
CALL_DURATION = ("callduration", "calldurationseconds", "calldurationinseconds", "callcallduration", "calllength")
DURATION = (*CALL_DURATION, "duration", "durationseconds", "durationinseconds", "durationsec", "talktime")
PLACED_AT = (
    "startedat", "starttime", "callstartedat", "callstarttime", "callstart", "calledat", "callat", "placedat",
    "callplacedat", "calltime", "calldatetime", "calldate", "started", "dateadded", "messagedateadded",
)  # fmt: skip
FROM_NUMBER = (
    "from", "fromnumber", "fromphone", "fromphonenumber", "callfrom", "callfromnumber", "callernumber",
)  # fmt: skip
TO_NUMBER = ("to", "tonumber", "tophone", "tophonenumber", "callto", "calltonumber", "callednumber")
USER_ID = ("userid", "ghluserid", "agentid", "useruserid", "calluserid")
AGENT_NAME = (
    "agentname", "agent", "answeredby", "answeredbyname", "answeredbyusername", "callansweredby",
    "callansweredbyname", "callansweredbyusername", "bdrname", "bdr", "repname", "rep",
    "username", "userfullname", "user",
)  # fmt: skip

DISPOSITION = (
    "disposition", "calldisposition", "dispositionname", "dispositionvalue", "dispositionlabel", "dispositioncode",
    "calldispositionname", "bdrdisposition", "dialerdisposition", "messagedisposition", "calloutcome", "outcome",
    "callresult",
)  # fmt: skip
NOTES = (
    "notes", "callnotes", "callnote", "bdrnotes", "agentnotes", "dispositionnotes", "dispositionnote", "note",
    "notebody", "notetext", "comments", "comment", "callcomments",
)  # fmt: skip
TRANSCRIPT = (
    "transcript", "calltranscript", "transcription", "calltranscription", "transcripttext", "transcriptiontext",
    "fulltranscript", "recordingtranscript", "calltranscripttext",
)  # fmt: skip
RECORDING_URL = (
    "recordingurl", "callrecordingurl", "recording", "callrecording", "recordinglink", "callrecordinglink",
    "attachments", "messageattachments",
)  # fmt: skip
AI_SUMMARY = ("aisummary", "callaisummary", "aicallsummary", "callsummary", "summary")

FIRST_NAME = ("firstname", "contactfirstname")
LAST_NAME = ("lastname", "contactlastname")
FULL_NAME = ("fullname", "contactfullname", "contactname", "name")
EMAIL = ("email", "contactemail", "emailaddress")
PHONE = ("phone", "phoneraw", "contactphone", "contactphoneraw", "contactphonenumber", "phonenumber", "contactnumber")
COMPANY = ("companyname", "company", "contactcompanyname", "contactcompany", "businessname", "firmname", "firm")

CALL_DIRECTIONS: Mapping[str, str] = {
    "inbound": "inbound",
    "incoming": "inbound",
    "outbound": "outbound",
    "outgoing": "outbound",
    "inboundmessage": "inbound",
    "outboundmessage": "outbound",
}

# Where a contact event keeps what ContactRecord reads: the record's key, then the names it may have here.
CONTACT_KEYS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "contactid", "ghlcontactid"),
    "locationId": LOCATION_ID,
    "firstName": FIRST_NAME,
    "lastName": LAST_NAME,
    "name": FULL_NAME,
    "companyName": COMPANY,
    "email": EMAIL,
    "phone": PHONE,
    "additionalEmails": ("additionalemails", "contactadditionalemails"),
    "additionalPhones": ("additionalphones", "contactadditionalphones"),
    "tags": ("tags", "contacttags"),
    "source": ("source", "contactsource"),
    "country": ("country", "contactcountry"),
    "website": ("website", "contactwebsite"),
    "dnd": ("dnd", "contactdnd"),
    "dndSettings": ("dndsettings", "contactdndsettings"),
    "customFields": ("customfields", "contactcustomfields", "customfield"),
    "dateAdded": ("dateadded", "datecreated", "contactdateadded"),
    "dateUpdated": ("dateupdated", "contactdateupdated", "timestamp"),  # when it was sent, for want of a better
}
