"""Programs that use the API, each with the token of somebody with a role."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client

from integrations import api_tokens


def staff(role: str = "", **about: Any) -> User:
    """Somebody of the staff with this role and no other rights."""
    user = User.objects.create_user(about.pop("username", f"{role or 'nobody'}-s").lower(), is_staff=True, **about)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


class Program:
    """Talks to the API as a script does: a token in the header, JSON both ways."""

    def __init__(self, user: User, name: str = "a script") -> None:
        self.user = user
        self.token, self.plain = api_tokens.make(user, name)
        self.http = Client(headers={"Authorization": f"Bearer {self.plain}"})

    @classmethod
    def of(cls, role: str = "", **about: Any) -> "Program":
        return cls(staff(role, **about))

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(f"/api/{path}", query)

    def post(self, path: str, **body: Any) -> Any:
        return self.http.post(f"/api/{path}", body, content_type="application/json")

    def patch(self, path: str, **body: Any) -> Any:
        return self.http.patch(f"/api/{path}", body, content_type="application/json")

    def listed(self, path: str, key: str = "id", **query: Any) -> list[Any]:
        """One column of a list's rows."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content
        return [row[key] for row in answer.json()["results"]]

    def through(self, path: str, **query: Any) -> list[Any]:
        """The ids of a whole list, page by page."""
        found: list[Any] = []
        answer = self.get(path, **query).json()
        while True:
            found += [row["id"] for row in answer["results"]]
            if answer["next"] is None:
                return found
            answer = self.http.get(answer["next"]).json()
