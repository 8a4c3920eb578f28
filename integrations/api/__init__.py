"""The HTTP API: what the views of every app share, and this app's own.

`access` says who may come in and how often, `answers` what an error looks like, `narrowing` and `paging` how lists are
narrowed down and gone through, `views` puts them together. The routes are in `ghlportal/api.py`.
"""
