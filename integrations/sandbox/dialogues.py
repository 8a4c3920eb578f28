"""What is said on the sandbox's calls: at least two dialogues for each of the nine dispositions.

Speaker 0 is the BDR, speaker 1 whoever or whatever picked up. ``{first}``, ``{last}``, ``{firm}`` and ``{agent}`` are
filled in per call.
"""

from integrations.sandbox.records import Line

Dialogue = tuple[str, tuple[Line, ...]]  # disposition, lines

DIALOGUES: tuple[Dialogue, ...] = (
    ("Voicemail", (
        (1, "Hi, you've reached {first} {last} at {firm}. I'm away from my desk right now."),
        (1, "Please leave your name, number and a short message after the tone and I'll get back to you."),
        (0, "Hi {first}, this is {agent} with the recruiting intelligence team. I'll try you again later this week."),
    )),
    ("Voicemail", (
        (1, "Your call has been forwarded to an automated voice messaging system."),
        (1, "At the tone, please record your message. When you have finished recording, you may hang up."),
    )),
    ("Voicemail", (
        (1, "The mailbox is full and cannot accept any messages at this time. Goodbye."),
    )),
    ("No Answer", (
        (0, "Hello? Hi, is anybody there?"),
        (0, "Hello? I can't hear anyone on the line. Okay, hanging up now."),
    )),
    ("No Answer", (
        (1, "The person you are calling is not available right now. Please try your call again later. Goodbye."),
    )),
    ("Gatekeeper", (
        (1, "{firm}, good afternoon, how may I direct your call?"),
        (0, "Hi, this is {agent}. Could you put me through to {first} {last}, please?"),
        (1, "May I ask what this is regarding?"),
        (0, "It's about how they source lateral candidates."),
        (1, "I'm just the receptionist, but they don't take unscheduled calls. You can send an email to the office."),
    )),
    ("Gatekeeper", (
        (1, "{first} {last}'s office, this is the assistant speaking."),
        (0, "Hi, it's {agent}. Is {first} available for two minutes?"),
        (1, "They're in depositions all day. I handle the calendar and I can't put anyone through."),
        (0, "Understood. I'll send a note, thank you for your help."),
    )),
    ("Incorrect Number", (
        (1, "Hello?"),
        (0, "Hi, is this {first} {last}?"),
        (1, "No, you have the wrong number. There's nobody by that name here."),
        (0, "My apologies, I'll take this number off our list. Have a good day."),
    )),
    ("Incorrect Number", (
        (1, "We're sorry, the number you have dialed has been disconnected or is no longer in service."),
        (1, "Please check the number and dial again."),
    )),
    ("Not Interested", (
        (1, "This is {first}."),
        (0, "Hi {first}, {agent} here. We track partner moves for legal search firms and I wanted to compare notes."),
        (1, "We already have something for that. Honestly, I'm not interested."),
        (0, "Fair enough. Is it a timing thing, or is it covered for good?"),
        (1, "It's covered. No thanks, and good luck."),
    )),
    ("Not Interested", (
        (1, "{first} speaking."),
        (0, "Hi {first}, it's {agent}. Did you see the market report I sent over about {firm}?"),
        (1, "I did, and it isn't a fit for us. We have no need for it and no budget for it."),
        (0, "Thanks for being direct, I appreciate it."),
    )),
    ("Callback Requested", (
        (1, "Hello, {first} here."),
        (0, "Hi {first}, {agent} calling about lateral hiring data. Is now a bad time?"),
        (1, "I'm walking into a meeting. Can you call me back on Thursday after two?"),
        (0, "Thursday after two it is. I'll ring this number."),
    )),
    ("Callback Requested", (
        (1, "Yes?"),
        (0, "Hi {first}, this is {agent}. I promised to follow up about the associate pipeline."),
        (1, "Right. We close the quarter next week, so call me later this month, would you?"),
        (0, "Of course, I'll try you again after the twentieth."),
    )),
    ("Future Potential", (
        (1, "This is {first}."),
        (0, "Hi {first}, it's {agent}. How are you finding candidates for the litigation desk at {firm}?"),
        (1, "Mostly referrals. It's fine for now, though we plan to open a second office next year."),
        (0, "When you do, would real-time movement data help you staff it?"),
        (1, "It might. The price would matter, and how fresh the data is. Send me something to read."),
        (0, "I'll send two pages and a sample from your market."),
        (1, "That works. Keep me posted on what you add."),
    )),
    ("Future Potential", (
        (1, "Hi, {first} speaking."),
        (0, "Hi {first}, {agent} here. Which practice areas are you recruiting for at the moment?"),
        (1, "Real estate has been slow, so we're watching costs. Restructuring is picking up, though."),
        (0, "That's what we see too. Our clients use our alerts to reach partners before a move is public."),
        (1, "Interesting. My contract with the current vendor runs until spring, so nothing before then."),
    )),
    ("Meeting Booked", (
        (1, "{first} {last}."),
        (0, "Hi {first}, it's {agent}. You asked how we spot partners who are about to move."),
        (1, "I did. Can you show me on a screen?"),
        (0, "Gladly. Does Tuesday at ten work for a thirty-minute demo?"),
        (1, "Tuesday at ten works. Send me the calendar invite and I'll bring my head of research."),
        (0, "The invite is on its way. See you Tuesday."),
    )),
    ("Meeting Booked", (
        (1, "Hello?"),
        (0, "Hi {first}, {agent} again. Last time you wanted to look at pricing with your partner."),
        (1, "Yes, we're both free tomorrow at three thirty, let's set up the meeting for then."),
        (0, "Booked for tomorrow, three thirty. I'll send the link to both of you."),
        (1, "Great, talk to you then."),
    )),
    ("Do Not Contact", (
        (1, "Who is this?"),
        (0, "Hi, this is {agent}. I'm calling for {first} {last} about lateral recruiting data."),
        (1, "I've asked before. Take me off your list and stop calling this number."),
        (0, "I'm sorry about that. I'll remove you right now."),
    )),
    ("Do Not Contact", (
        (1, "{firm}."),
        (0, "Hi, is {first} around? This is {agent}."),
        (1, "Do not call here again. Remove this number from your system, please."),
        (0, "Understood, it will be done today."),
    )),
)  # fmt: skip
