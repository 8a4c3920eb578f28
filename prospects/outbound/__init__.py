"""People on their way into GHL: who may be pushed, what is sent, and each exactly once.

`eligibility` says who, `body` what, `sameness` whether a GHL contact is one of our people, `states` what becomes of a
person after each answer: all pure. `asking` talks to GHL, `claims` and `links` write, `push` puts them together;
`runs`, `retrying` and `where` are what pages, tasks and the command call.
"""
