"""The words that the sandbox's people and firms are made of. Nobody and no firm here is real."""

_FIRST_NAMES = """
    James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph
    Jessica Thomas Sarah Charles Karen Christopher Lisa Daniel Nancy Matthew Margaret Anthony Sandra Mark Ashley Donald
    Kimberly Steven Emily Andrew Donna Paul Michelle Joshua Carol Kenneth Amanda Kevin Melissa Brian Deborah George
    Stephanie Timothy Rebecca Ronald Laura Edward Helen Jason Cynthia Jeffrey Katherine Ryan Amy Jacob Angela Gary
    Samantha Nicholas Christine Eric Rachel Jonathan Catherine Stephen Victoria Larry Hannah Justin Diane Scott Joyce
    Brandon Julia Benjamin Alexandra Samuel Natalie Gregory Priya Frank Mei Alexander Aisha Raymond Ingrid Patrick
    Fatima Omar Dana Rafael Noor Kenji Leila Diego Yuki Arjun Simone Malik Greta Tomas Naomi Ravi Camille Felix Ines
    Hugo Maya Oscar Nadia Theo Beatrice Marcus Elena Julian Sofia Adrian Chloe Vincent Tessa Russell Paige Warren
    Monica Grant Audrey
"""
FIRST_NAMES = tuple(_FIRST_NAMES.split())
ACCENTED_FIRST_NAMES = ("José", "Zoë", "André", "Renée", "Søren", "Chloé", "Jürgen", "Mónica", "François", "Beyzâ")
_LAST_NAMES = """
    Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson
    Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson
    Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell
    Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales
    Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson
    Watson Brooks Chavez Wood Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross
    Foster Jimenez Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Fisher Vasquez Simmons
    Graham Murray Ford Castro Marshall Owens Harrison Fernandez McDonald Woods Washington Kennedy Wells Vargas Henry
    Chen Freeman Webb Tucker Guzman Burns Crawford Olson Simpson Porter Hunter Gordon Mendez Silva Shaw Snyder Mason
    Dixon Hunt Hicks Holmes Palmer Wagner Black Robertson Boyd Rose Stone Salazar Fox Warren Mills Meyer Rice Schmidt
    Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan Gardner Payne Grant Dunn Kelley Spencer Hawkins Arnold
    Pierce Hansen Peters Santos Hart Bradley Knight Elliott Cunningham Duncan Armstrong Hudson Carroll Lane Riley
    Whitfield Okafor Lindqvist Abernathy Kowalski Yamamoto Petrov Haddad Castellanos Beaumont Thackeray Ashworth
    Pemberton Holloway Prescott Winslow Langley Fairbanks Sinclair Blackwell Kensington Hargrove O'Brien O'Connor
    DeLuca McAllister
"""
LAST_NAMES = tuple(_LAST_NAMES.split())
ACCENTED_LAST_NAMES = ("Muñoz", "Lefèvre", "Müller", "Gonçalves", "Åkesson", "Núñez", "Šimić", "O’Shaughnessy")

NICKNAMES = {
    "James": "Jim", "Robert": "Bob", "John": "Jack", "Jennifer": "Jen", "Michael": "Mike", "David": "Dave",
    "Elizabeth": "Liz", "William": "Bill", "Richard": "Rick", "Susan": "Sue", "Joseph": "Joe", "Jessica": "Jess",
    "Thomas": "Tom", "Charles": "Chuck", "Christopher": "Chris", "Daniel": "Dan", "Matthew": "Matt",
    "Margaret": "Peggy", "Anthony": "Tony", "Kimberly": "Kim", "Steven": "Steve", "Andrew": "Drew", "Joshua": "Josh",
    "Kenneth": "Ken", "Deborah": "Debbie", "Stephanie": "Steph", "Timothy": "Tim", "Rebecca": "Becky",
    "Ronald": "Ron", "Edward": "Ted", "Jeffrey": "Jeff", "Katherine": "Kate", "Samantha": "Sam", "Nicholas": "Nick",
    "Jonathan": "Jon", "Catherine": "Cathy", "Stephen": "Steve", "Victoria": "Vicky", "Lawrence": "Larry",
    "Benjamin": "Ben", "Alexandra": "Alex", "Samuel": "Sam", "Gregory": "Greg", "Alexander": "Alex",
    "Raymond": "Ray", "Patrick": "Pat", "Patricia": "Trish", "Barbara": "Barb", "Cynthia": "Cindy",
}  # fmt: skip

# City, state, time zone, area codes.
CITIES = (
    ("New York", "NY", "America/New_York", ("212", "646", "917", "332")),
    ("Los Angeles", "CA", "America/Los_Angeles", ("213", "310", "323", "424")),
    ("Chicago", "IL", "America/Chicago", ("312", "773", "872")),
    ("Houston", "TX", "America/Chicago", ("713", "281", "832")),
    ("Dallas", "TX", "America/Chicago", ("214", "469", "972")),
    ("Washington", "DC", "America/New_York", ("202", "771")),
    ("Philadelphia", "PA", "America/New_York", ("215", "267")),
    ("Boston", "MA", "America/New_York", ("617", "857")),
    ("Atlanta", "GA", "America/New_York", ("404", "470", "678")),
    ("San Francisco", "CA", "America/Los_Angeles", ("415", "628")),
    ("Miami", "FL", "America/New_York", ("305", "786")),
    ("Seattle", "WA", "America/Los_Angeles", ("206", "253", "425")),
    ("Denver", "CO", "America/Denver", ("303", "720")),
    ("Phoenix", "AZ", "America/Phoenix", ("602", "480", "623")),
    ("Minneapolis", "MN", "America/Chicago", ("612", "763", "952")),
    ("Charlotte", "NC", "America/New_York", ("704", "980")),
    ("Detroit", "MI", "America/Detroit", ("313", "248")),
    ("San Diego", "CA", "America/Los_Angeles", ("619", "858")),
    ("St. Louis", "MO", "America/Chicago", ("314", "636")),
    ("Nashville", "TN", "America/Chicago", ("615", "629")),
    ("Austin", "TX", "America/Chicago", ("512", "737")),
    ("Portland", "OR", "America/Los_Angeles", ("503", "971")),
    ("Pittsburgh", "PA", "America/New_York", ("412", "724")),
    ("Cleveland", "OH", "America/New_York", ("216", "440")),
)
AREA_CODES = tuple(code for *_, codes in CITIES for code in codes)

MARKETS = (
    "AmLaw Midwest", "Texas Boutiques", "NYC Lateral Partners", "California Litigation", "DC Regulatory",
    "Southeast Legal Search", "Mountain West IP", "New England Corporate",
)  # fmt: skip
CADENCE_STAGES = ("active", "active", "active", "new", "paused", "nurture", "completed")

SEARCH_FIRM_TITLES = (
    "Managing Partner", "Founder", "Legal Recruiter", "Senior Recruiter", "Director of Recruiting", "Vice President",
    "Principal", "Partner Practice Lead", "Associate Recruiter", "Head of Lateral Search", "President",
)  # fmt: skip
LAW_FIRM_TITLES = (
    "Partner", "Managing Partner", "Of Counsel", "Associate", "Senior Associate", "Chief Talent Officer",
    "Director of Legal Recruiting", "Hiring Partner", "Office Administrator", "Recruiting Manager",
)  # fmt: skip
SEARCH_FIRM_STYLES = (
    "{a} Legal Search", "{a} & {b} Legal Recruiting", "{a} Talent Partners", "{a} Search Group, LLC",
    "{a} {b} Associates", "{a} Executive Search, Inc.", "The {a} Group", "{c} Legal Recruiters",
)  # fmt: skip
LAW_FIRM_STYLES = (
    "{a}, {b} & {d} LLP", "{a} & {b} LLP", "{a} Law Group", "Law Offices of {a} {b}", "{a} {b} PLLC",
    "{a} & Sons, P.C.",
)  # fmt: skip
AGENTS = ("Sam Ellery", "Jordan Pike", "Riley Novak", "Casey Brandt", "Morgan Tate")
