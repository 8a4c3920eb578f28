"""Which given names stand for which: the common English short forms, and spellings that are one name."""

from functools import lru_cache

from prospects.identity.text import word_set

# Between semicolons: a formal given name, then what its bearers are called. A short form may stand under several
# names; it is filed under the first of them, so the commonest names come first.
_TABLE = """
    james jim jimmy jamie; robert bob rob bobby robbie bert; john jack johnny jon jonny johnnie; michael mike mikey
    mick mickey mitch micheal mic; william bill will billy willie liam willy; david dave davey davy; richard rick dick
    rich richie ricky; joseph joe joey; thomas tom tommy thom; charles charlie chuck chas chip charley; christopher
    chris topher kit kris; daniel dan danny danni; matthew matt matty mat; anthony tony; mark marc marcus; stephen
    steve stevie steven stephan; nicholas nick nicky nico nicolas; andrew andy drew andre; joshua josh; kenneth ken
    kenny; edward ed eddie ned ted teddy; ronald ron ronnie; timothy tim timmy; jeffrey jeff geoffrey jeffery;
    lawrence larry laurence lawrie lance; patrick pat paddy rick; samuel sam sammy; benjamin ben benji benny bennie;
    alexander alex alec sandy xander sasha lex; frederick fred freddie freddy fredrick rick frederic; albert al bert
    bertie; gerald gerry jerry jerald; philip phil phillip pip; raymond ray; henry hank harry hal; elizabeth liz beth
    betty eliza lizzie libby betsy bess bette elisabeth lizbeth; jennifer jen jenny jenn jennie; patricia pat patty
    trish tricia patsy patti; susan sue susie suzie suzy; margaret maggie meg peggy margie peg madge margo marge;
    katherine kathy kate katie kathryn kay kitty kat catherine kathi katharine; christine chris tina chrissy kristine
    christy christie; deborah deb debbie debby debra; rebecca becky becca bec; cynthia cindy cyndi; amanda mandy
    manda; melissa missy mel lissa; stephanie steph stephie steffi stefanie; allison ally; ann anne anna annie ana;
    barbara barb babs barbie bobbie; victoria vicky vicki tori vickie; jonathan jon jonny jonathon johnathan john;
    nathaniel nate nat; theodore ted teddy theo teddie; leonard len lenny lennie leo; harold hal harry; louis lou
    louie; eugene gene; terence terry terrence terrance; eleanor nora nell elinor; teresa terry tess theresa tessa
    terri; pamela pam; kimberly kim kimmy kimberley kimmie; judith judy judi jude; jacqueline jackie jacki jacquelyn;
    melanie mel; francis frank fran frankie franny; gilbert gil bert; isabel isabelle bella izzy belle isabella; laura
    lori laurie; aaron ron ronnie; abigail abby abbie gail abigale; abraham abe bram; adelaide addie della; adrian
    ade; agnes aggie; alexandra alex sandy lexi lexie alexa alix sasha xandra; alfred al alf alfie fred freddie; alice
    ali allie ally; alison allison ali allie ally; allan alan allen al; alvin al; amelia amy millie; angela angie
    angel; annette annie nettie; antoinette toni tonie nettie; arnold arnie; arthur art artie; audrey audie; augustus
    gus august; beatrice bea trixie; bernadette bernie; bernard bernie barney; bethany beth; beverly bev beverley;
    bradley brad; brenda bren; brendan bren; brian bryan; bridget bridie biddy; caitlin kate katie cait catelyn
    kaitlin kaitlyn katelyn; calvin cal; cameron cam; candace candy candice; carl karl; carol carole carrie; caroline
    carolyn carrie caro; cassandra cass cassie cassy; catherine kathy cathy kate katie katherine kathryn cat cate
    katharine catharine; cecilia celia cece cecily cissy; charlotte charlie lottie char; cheryl sheryl cher; christian
    chris; christina chris tina chrissy kristina christy christie; clarence clary; clayton clay; clifford cliff;
    clinton clint; constance connie; cornelius neil; courtney court; curtis curt kurt; danielle dani danni; darrell
    darryl daryl; delores dolores lola dee; dennis denny denis; derek derrick derick; diana diane di dianne; dominic
    dom dominick; donald don donnie donny; dorothy dot dottie dolly dorothea; douglas doug dougie; duane dwayne; dylan
    dyl; edgar ed eddie; edith edie; edmund ed eddie ned; edwin ed eddie; eileen aileen; elijah eli; ellen nell ellie;
    emily em emmie millie; emma emmie; ernest ernie; esther essie hettie; evelyn evie eve; felicia fee; florence flo
    flossie; frances fran frannie francie; franklin frank; gabriel gabe; gabrielle gabby gaby gabriella; garrett gary
    garret; gary garry; genevieve gen ginny; geoffrey geoff jeff; george georgie; geraldine gerry gerri; gerard gerry;
    gloria glory; grace gracie; gregory greg gregg; gretchen greta; gwendolyn gwen wendy; hannah hanna; harriet
    hattie; harrison harry; harvey harv; helen nell nellie; herbert herb bert; howard howie; hubert hugh bert;
    ignatius iggy; irene rene; irving irv; isaac ike; jacob jake jay; jane janie jan; janet jan; jason jay; jean
    jeanne jeannie; jerome jerry; jesse jess; jessica jess jessie; jill gill; joan joanie; joanne jo joanna joann;
    jocelyn joss; jordan jordy; josephine jo josie; joyce joy; julia jules; julian jules; kathleen kathy kate katie
    kath; kelly kel; kerry keri kerri; kevin kev; kristen kris kristin kirsten; kristina kris tina kristine; lauren
    loren; laurence larry lawrence laurie lars; leah lea; leonardo leo; leroy roy; leslie les lesley; lewis lew;
    lillian lil; lincoln linc; linda lindy; lindsay lindsey; louise lou; lucas luke luc; lucille lucy lucy; lynn
    lynne; mackenzie mac kenzie; madeline maddie maddy madeleine; malcolm mal; marcus marc; marguerite rita; marian
    marion; marjorie marge margie; martha marty; martin marty mart; marvin marv; mary molly polly mae mamie; maureen
    mo; maurice mo; maximilian max; maxwell max; megan meg meghan; melinda mindy mel; melvin mel; mercedes mercy;
    meredith mer; michelle shelly shell michele; mildred millie; miranda mandy randi; mitchell mitch; mohammed
    mohammad muhammad mohamed mo; monica mona; morris mo; nancy nan; natalie nat tally; natasha tasha nat; nathan nate
    nat; nicole nikki nicki nicky; norman norm; oliver ollie; olivia liv livvy; oscar ozzy; oswald oz ozzie; paul
    pauly; pauline polly; penelope penny; percival percy; peter pete; phyllis phyl; priscilla cilla; rachel rae rach
    rachael; randall randy randolph; raphael rafael rafe; regina gina reggie; reginald reg reggie; rhonda ron; roberta
    bobbie robbie; robin robyn; roderick rod rick; rodney rod; roger rodge rog; roland rollie; rosalind roz ros; rose
    rosie; rosemary rosie; roxanne roxy; rudolph rudy; russell russ rusty; sabrina bri; salvatore sal; samantha sam
    sammy; sarah sally sara sadie; scott scotty; sean shawn shaun; sebastian seb; sharon shari; shirley shirl; sidney
    sid sydney; solomon sol; sophia sophie; spencer spence; stanley stan; stewart stu stuart; susanna sue susie
    susannah suzanne; sylvester sly; tabitha tabby; tamara tammy tam; taylor tay; tiffany tiff; tobias toby; tracy
    tracey; travis trav; trevor trev; tyler ty; valerie val; vanessa nessa; vernon vern; veronica ronnie roni vera;
    victor vic; vincent vince vinny vinnie; virginia ginny ginger; vivian viv vivienne; wallace wally; walter walt
    wally; wesley wes; wilfred will fred; winifred winnie freddie; winston winnie; zachary zach zack zac zachariah;
    zoe zoey
"""
_WITHOUT_SHORT_FORMS = word_set(
    """adam aiden alicia alyssa amber april ashley ava brandon brooke bruce carmen chloe craig crystal dana dawn
    dean donna earl edna elaine eric erica erin ethan evan faith hazel heather holly hope humphrey ian ida irma
    jade jorge juan julie june karen kyle leticia lily lisa logan luis lydia marcia maria marie mason mia muriel
    noah norma omar paige renee ross ruby ryan sandra shannon sheila stacy sylvia thelma troy wanda wayne yvonne"""
)
_FOND_ENDINGS = ("ie", "ey", "ee", "y", "i")
_SHORTEST_PREFIX, _SHORTEST_STEM = 3, 4


def _read(table: str) -> dict[str, tuple[str, ...]]:
    formal: dict[str, list[str]] = {}
    for entry in table.split(";"):
        for name in (names := entry.split()):
            formal.setdefault(name, []).append(names[0])
    return {name: tuple(dict.fromkeys(firsts)) for name, firsts in formal.items()}


def _turned_round(formal: dict[str, tuple[str, ...]]) -> dict[str, set[str]]:
    forms: dict[str, set[str]] = {}
    for name, firsts in formal.items():
        for first in firsts:
            forms.setdefault(first, set()).add(name)
    return forms


_FORMAL = _read(_TABLE)
_FORMS = _turned_round(_FORMAL)


def formal_names(name: str) -> tuple[str, ...]:
    """The given names a (folded) name may stand for, likeliest first: ("robert",) for "bob"; itself when unknown."""
    return _FORMAL.get(name) or (name,)


def is_given_name(name: str) -> bool:
    """Whether this is known as a real given name, so that a near miss of another is no slip of the pen."""
    return name in _FORMAL or name in _WITHOUT_SHORT_FORMS


@lru_cache(maxsize=4_000)
def one_name(a: str, b: str) -> bool:
    """Whether two folded names can be two forms of one name: by the table, or one is the other's stem ("Ally")."""
    if a == b or not set(formal_names(a)).isdisjoint(formal_names(b)):
        return True
    if is_given_name(a) and is_given_name(b):
        return False
    short, long = sorted((a, b), key=len)
    if len(short) >= _SHORTEST_PREFIX and long.startswith(short):
        return True
    stem = _stem(short)
    return len(stem) >= _SHORTEST_STEM and long.startswith(stem)


@lru_cache(maxsize=4_000)
def forms_of(name: str) -> frozenset[str]:
    """Every name that can be a form of this one: "robert", "bob", "rob" and so on for "bob"."""
    return frozenset(other for formal in formal_names(name) for other in _FORMS.get(formal, ())) | {name}


def _stem(name: str) -> str:
    for ending in _FOND_ENDINGS:
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            return stem[:-1] if len(stem) > _SHORTEST_STEM and stem[-1] == stem[-2] else stem
    return name
